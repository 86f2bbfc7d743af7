import { agents, health, over } from './health.ts'
import {
  column,
  dashboard,
  LAST,
  lokiLines,
  lokiSeries,
  lokiTable,
  lokiValue,
  panel,
  promValue,
  rows,
  serviceVariable,
} from './panel.ts'

const event = (name: string) => `{${agents}} | otel_event_name="agent_goal.${name}"`
const created = event('created')
const completed = `${event('status_changed')} | agent_goal_status="complete"`
const cleared = event('cleared')
/** A goal's creation names the goal that it replaced, which emits no further event. */
const replacing = `${created} | agent_goal_previous_id!=""`
const stopped = `${event('status_changed')} | agent_goal_previous_status="active"`
const clearedActive = `${cleared} | agent_goal_status="active"`

/**
 * Counts events, because Prometheus extrapolates: to a counter that exists for seconds, as some agents' do, it adds
 * half.
 */
const count = (events: string, time: string) => `count_over_time(${events} [${time}])`

const quantile = (q: number, metric: string) =>
  promValue(`histogram_quantile(${q}, sum by (le) (${over(`${metric}_bucket{${agents}}`, '$__range')}))`, `p${q * 100}`)

/** A goal's totals are on every event, so the greatest is the last. */
const greatest = (attribute: string) =>
  `max by (agent_goal_id, gen_ai_conversation_id, service_name) (max_over_time({${agents}} | ${attribute}!="" | unwrap ${attribute} [$__range]))`

const toOneGoal = {
  links: [
    {
      title: 'One goal',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of Grafana.
      url: '/d/goaltrace-goal?var-goal=${__data.fields.agent_goal_id}&var-service=${__data.fields.service_name}&${__url_time_range}',
    },
  ],
}

const spenders = (value: string, settings: Readonly<Record<string, unknown>>) => ({
  transformations: [
    { id: 'organize', options: { excludeByName: { Time: true } } },
    { id: 'sortBy', options: { sort: [{ field: 'Value #A', desc: true }] } },
  ],
  overrides: [
    column('agent_goal_id', 'Goal', toOneGoal),
    column('gen_ai_conversation_id', 'Thread'),
    column('service_name', 'Agent'),
    column('Value #A', value, settings),
  ],
})

export const goals = dashboard({
  uid: 'goaltrace-goals',
  title: 'Goals',
  description: 'The goals of all agents: how they end and what they use.',
  links: [],
  variables: [
    serviceVariable({ multi: true, includeAll: true, allValue: '.+', current: { text: 'All', value: '$__all' } }),
  ],
  panels: rows(
    [
      5,
      panel(
        'stat',
        'Goals now',
        [promValue(`sum by (agent_goal_status) (agent_goal_count{${agents}})`, '{{agent_goal_status}}')],
        {
          description: 'By status, from the goal tables of running agents.',
          options: LAST,
        },
      ),
      panel(
        'stat',
        'Completion rate',
        [lokiTable(`sum(${count(completed, '$__range')}) / sum(${count(created, '$__range')})`)],
        {
          description: 'Completed goals per created goal.',
          unit: 'percentunit',
          options: LAST,
        },
      ),
    ],
    [
      8,
      panel(
        'timeseries',
        'Created and finished',
        [
          lokiSeries(`sum(${count(created, '$__interval')})`, 'created'),
          lokiSeries(`sum(${count(completed, '$__interval')})`, 'completed'),
          lokiSeries(`sum(${count(cleared, '$__interval')})`, 'cleared'),
          lokiSeries(`sum(${count(replacing, '$__interval')})`, 'replaced'),
        ],
        {
          description: 'Replaced: another goal took over its thread, whatever its status was.',
          defaults: { min: 0, decimals: 0, custom: { drawStyle: 'bars', fillOpacity: 60 } },
        },
      ),
      panel(
        'piechart',
        'Why goals stop',
        [
          lokiValue(`sum by (agent_goal_status) (${count(stopped, '$__range')})`, '{{agent_goal_status}}'),
          lokiValue(`sum(${count(clearedActive, '$__range')})`, 'cleared'),
        ],
        {
          description:
            'What an active goal became. One that went on may stop again; one that another replaced has no event of that, and is not among them.',
          defaults: { decimals: 0 },
          options: {
            ...LAST,
            legend: { showLegend: true, displayMode: 'table', placement: 'right', values: ['value'] },
          },
        },
      ),
    ],
    [
      5,
      panel(
        'stat',
        'Tokens a goal',
        [quantile(0.5, 'agent_goal_usage_tokens'), quantile(0.95, 'agent_goal_usage_tokens')],
        {
          description: 'Total used when a goal stopped; estimated from buckets.',
          unit: 'short',
          options: LAST,
        },
      ),
      panel(
        'stat',
        'Time a goal',
        [quantile(0.5, 'agent_goal_usage_duration_seconds'), quantile(0.95, 'agent_goal_usage_duration_seconds')],
        { description: 'Total time pursued when a goal stopped; estimated from buckets.', unit: 's', options: LAST },
      ),
    ],
    [
      9,
      panel('table', 'Top spenders', [lokiTable(`topk(10, ${greatest('agent_goal_usage_tokens')})`)], {
        description: 'The goals that have used the most tokens.',
        ...spenders('Tokens', { unit: 'short' }),
      }),
      panel(
        'table',
        'Budget use',
        [lokiTable(`topk(10, ${greatest('agent_goal_usage_tokens')} / ${greatest('agent_goal_token_budget')})`)],
        {
          description: 'Share of the token budget used, for goals that have one.',
          ...spenders('Used', {
            unit: 'percentunit',
            min: 0,
            max: 1,
            'custom.cellOptions': { type: 'gauge', mode: 'basic' },
          }),
        },
      ),
    ],
    [
      10,
      panel(
        'logs',
        'Events',
        [
          lokiLines(
            `{${agents}} | otel_event_name=~"agent_goal[.].+" | line_format "{{.service_name}}  {{.gen_ai_conversation_id}}  {{.otel_event_name}}  {{.agent_goal_status}}  {{.agent_goal_usage_tokens}} tokens  {{.agent_goal_objective}}"`,
            200,
          ),
        ],
        {
          description: 'Open one for its trace.',
          options: { showTime: true, enableLogDetails: true, wrapLogMessage: false, sortOrder: 'Descending' },
        },
      ),
    ],
    ...health,
  ),
})
