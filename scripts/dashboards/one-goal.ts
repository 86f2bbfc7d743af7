import {
  column,
  dashboard,
  jaegerTraces,
  LAST,
  lokiLines,
  lokiSeries,
  lokiTable,
  panel,
  rows,
  serviceVariable,
  traceLink,
} from './panel.ts'

const events = '{service_name="$service"} | agent_goal_id="$goal"'

/**
 * A goal's totals are on every event, so the greatest is the last. A fork of its thread has a goal with the same id.
 */
const greatest = (attribute: string, time: string) =>
  `max by (gen_ai_conversation_id) (max_over_time(${events} | ${attribute}!="" | unwrap ${attribute} [${time}]))`

const total = (title: string, attribute: string, unit: string) =>
  panel('stat', title, [lokiTable(greatest(attribute, '$__range'))], { unit, options: LAST })

const growth = (title: string, attribute: string, unit: string) =>
  panel('timeseries', title, [lokiSeries(greatest(attribute, '$__interval'), '{{gen_ai_conversation_id}}')], {
    unit,
    defaults: {
      min: 0,
      custom: { drawStyle: 'line', lineInterpolation: 'stepAfter', spanNulls: true, showPoints: 'always' },
    },
  })

/** A record is in the goal's trace, or names it. A goal that goes on after its completion has another one. */
const traces = lokiTable(
  `sum by (trace) (count_over_time(${events} | label_format trace="{{ or .agent_goal_trace_id .trace_id }}" | trace!="" [$__range]))`,
)

export const oneGoal = dashboard({
  uid: 'goaltrace-goal',
  title: 'One goal',
  description: 'What happened to a goal, and the spans in which it happened.',
  links: [{ title: 'Goals', type: 'link', url: '/d/goaltrace-goals', keepTime: true }],
  variables: [serviceVariable({}), { name: 'goal', label: 'Goal', type: 'textbox', query: '' }],
  panels: rows(
    [
      4,
      panel('stat', 'Status', [lokiLines(`${events} | line_format "{{.agent_goal_status}}"`, 1)], {
        description: 'After its newest event; for a cleared or replaced goal, the last one.',
        options: { ...LAST, reduceOptions: { ...LAST.reduceOptions, fields: '/^(Line|body)$/' } },
      }),
      panel(
        'stat',
        'Replaced by',
        [
          lokiLines(
            '{service_name="$service"} | agent_goal_previous_id="$goal" | line_format "{{.agent_goal_id}} on {{.gen_ai_conversation_id}}"',
            1,
          ),
        ],
        {
          description:
            'The goal that replaced it on its thread within the selected time; its own events do not say so.',
          options: { ...LAST, reduceOptions: { ...LAST.reduceOptions, fields: '/^(Line|body)$/' } },
        },
      ),
      total('Tokens', 'agent_goal_usage_tokens', 'short'),
      total('Time', 'agent_goal_usage_duration', 's'),
      panel(
        'stat',
        'Budget use',
        [
          lokiTable(
            `${greatest('agent_goal_usage_tokens', '$__range')} / ${greatest('agent_goal_token_budget', '$__range')}`,
          ),
        ],
        { unit: 'percentunit', options: LAST },
      ),
    ],
    [
      8,
      growth('Tokens used', 'agent_goal_usage_tokens', 'short'),
      growth('Time pursued', 'agent_goal_usage_duration', 's'),
    ],
    [
      10,
      panel(
        'logs',
        'Events',
        [
          lokiLines(
            `${events} | line_format "{{.otel_event_name}}  {{.agent_goal_status}}  {{.agent_goal_usage_tokens}} tokens  {{.agent_goal_usage_duration}} s  {{.agent_goal_objective}}"`,
            1000,
          ),
        ],
        {
          description: 'Open one for its trace.',
          options: { showTime: true, enableLogDetails: true, wrapLogMessage: false, sortOrder: 'Ascending' },
        },
      ),
    ],
    [
      9,
      panel('table', 'Traces', [jaegerTraces('$service', 'agent_goal.id="$goal"')], {
        description: 'The trace of the goal itself, and those of the agent in which it changed.',
      }),
      panel('table', 'Trace of the goal', [traces], {
        description:
          'Opens it. It is there once its first phase is over, or at its creation where the agent has no spans.',
        transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }],
        overrides: [
          column('trace', 'Trace', {
            // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of Grafana.
            links: [{ title: 'Trace of the goal', url: traceLink('${__data.fields.trace}') }],
          }),
          column('Value #A', 'Events'),
        ],
      }),
    ],
  ),
})
