import { LAST, type Panel, panel, promSteps, promValue } from './panel.ts'

export const agents = 'service_name=~"$service"'

export const over = (counter: string, time: string) => `increase(${counter}[${time}])`

const outbox = (what: string) => `agent_goal_outbox_${what}_total{${agents}}`
const OUTBOX = '{{service_name}} {{file_path}}'

/** The health of the Collector, of the agents' outboxes and of their mappings. */
export const health: readonly (readonly [height: number, ...panels: Panel[]])[] = [
  [
    6,
    panel(
      'bargauge',
      'Refused by the Collector',
      [
        promValue(
          'max by (goaltrace_refused) (max_over_time(goaltrace_collector_refused_total[$__range]))',
          '{{goaltrace_refused}}',
        ),
      ],
      {
        description:
          'Records that could not become a payload since it started, by the reason. They are in its dead-letter file.',
        defaults: { min: 0, decimals: 0 },
        options: LAST,
      },
    ),
    panel(
      'timeseries',
      'Queues of the Collector',
      [promSteps('sum by (exporter) (max_over_time(otelcol_exporter_queue_size[$__interval]))', '{{exporter}}')],
      { description: 'Items queued for a backend that is slow or down.', defaults: { min: 0 } },
    ),
    panel(
      'timeseries',
      'Not sent by the Collector',
      [
        promSteps(
          'sum by (exporter) (increase(otelcol_exporter_send_failed_log_records[$__interval]))',
          '{{exporter}}, log records dropped',
        ),
        promSteps(
          'sum by (receiver) (increase(otelcol_receiver_refused_log_records[$__interval]))',
          '{{receiver}}, log records to come again',
        ),
      ],
      {
        description:
          'Dropped: a backend refused them for good. To come again: a queue was full, and the sender keeps them.',
        defaults: { min: 0, decimals: 0 },
      },
    ),
  ],
  [
    7,
    panel(
      'timeseries',
      'Pending in outboxes',
      [promSteps(`topk(10, max_over_time(agent_goal_outbox_waiting{${agents}}[$__interval]))`, OUTBOX)],
      { description: 'Changes of goals that are not delivered yet.', defaults: { min: 0, decimals: 0 } },
    ),
    panel(
      'timeseries',
      'Oldest in outboxes',
      [promSteps(`topk(10, max_over_time(agent_goal_outbox_age_seconds{${agents}}[$__interval]))`, OUTBOX)],
      { description: 'Age of the oldest pending change.', unit: 's', defaults: { min: 0 } },
    ),
    panel(
      'bargauge',
      'Deliveries in trouble',
      [
        promValue(`sum(${over(outbox('dead_letters'), '$__range')})`, 'dead-lettered'),
        promValue(`sum(${over(outbox('dropped'), '$__range')})`, 'dropped above the limit'),
        promValue(`sum by (error_type) (${over(outbox('failures'), '$__range')})`, 'failed attempts, {{error_type}}'),
      ],
      {
        description:
          'Dead-lettered: rejected permanently, and set aside. After a failed attempt everything stays pending until the next.',
        defaults: { min: 0, decimals: 0 },
        options: LAST,
      },
    ),
    panel(
      'bargauge',
      'Not reported: unmapped statuses',
      [
        promValue(
          // Not its increase: a process may report it but once, a millisecond after it began.
          `sum by (service_name, agent_goal_status_word) (max_over_time(agent_goal_unmapped_total{${agents}}[$__range]))`,
          '{{service_name}} {{agent_goal_status_word}}',
        ),
      ],
      {
        description:
          'Changes of goals that no event reports, by the word in the status column: the most of a process. Add it to `statuses` in goaltrace.config.json.',
        defaults: { min: 0, decimals: 0 },
        options: LAST,
      },
    ),
  ],
]
