import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Query } from '../../scripts/dashboards/panel.ts'
import { ask, linesOf, spansOf } from './query.ts'
import { root, Stack } from './stack.ts'

const grafana = join(root, 'collector/grafana')
const read = (file: string) => parse(readFileSync(join(grafana, file), 'utf8'))

interface Panel {
  readonly title: string
  readonly targets: readonly Query[]
}

const dashboards = ['goals', 'one-goal'].map((name) => read(`dashboards/${name}.json`)) as {
  readonly title: string
  readonly panels: readonly Panel[]
}[]
const queries = dashboards.flatMap(({ title, panels }) =>
  panels.flatMap((panel) =>
    panel.targets.map((query) => ({ name: `${title}: ${panel.title}, ${query.refId}`, query })),
  ),
)

let stack: Stack
let goal = ''
const service = 'example-agent'
const variables = () => ({ service, goal, __range: '10m', __interval: '2m' })

beforeAll(async () => {
  stack = await Stack.start()
  await stack.runAgent()
  await refuseOne()
  await expect.poll(() => linesOf(stack, '{service_name=~".+"} | agent_goal_token_budget!=""'), within).not.toEqual([])
  const events = await linesOf(stack, `{service_name="${service}"} | agent_goal_token_budget!=""`)
  goal = events[0]?.agent_goal_id ?? ''
})
afterAll(() => stack?.[Symbol.asyncDispose]())

const within = { timeout: 60_000, interval: 500 }

describe('a panel of a dashboard', () => {
  it.each(queries)('shows data: $name', async ({ query }) => {
    await expect.poll(() => ask(stack, query, variables()), within).not.toEqual([])
  })
})

describe('an alert rule', () => {
  const { groups } = read('provisioning/alerting/goaltrace.yaml')
  const rules = groups.flatMap((group: { rules: object[] }) => group.rules)

  it.each(rules as { title: string; data: { datasourceUid: string; model: object }[] }[])(
    'has data: $title',
    async ({ data }) => {
      const [{ datasourceUid, model } = { datasourceUid: '', model: {} }] = data
      const query = { refId: 'A', ...model, datasource: { type: '', uid: datasourceUid } }
      await expect.poll(() => ask(stack, query, variables()), within).not.toEqual([])
    },
  )
})

describe('Jaeger', () => {
  it('finds every span of a goal by agent_goal.id', async () => {
    const events = await linesOf(stack, `{service_name="${service}"} | agent_goal_id="${goal}"`)
    const known = [...new Set(events.map(({ span_id }) => span_id))].sort()
    expect(known.length).toBeGreaterThan(3)
    const found = async () => {
      const spans = await spansOf(stack, service, { 'agent_goal.id': goal })
      return spans.map(({ spanID }) => spanID).sort()
    }
    await expect.poll(found, within).toEqual(known)
  })
})

describe('the way between an event and its span', () => {
  const { datasources } = read('provisioning/datasources/goaltrace.yaml')
  const settings = (type: string) => datasources.find((each: { type: string }) => each.type === type).jsonData

  it('leads from the event by the field that Loki has', async () => {
    const [{ matcherRegex, datasourceUid }] = settings('loki').derivedFields
    const [event = {}] = await linesOf(stack, `{service_name="${service}"} | agent_goal_id="${goal}"`)
    expect(datasourceUid).toBe('goaltrace-jaeger')
    const answer = await fetch(`${stack.jaeger}/api/traces/${event[matcherRegex]}`)
    expect(answer.status).toBe(200)
  })

  it('leads from the span by the query that Jaeger is given', async () => {
    const [span] = await spansOf(stack, service, { 'agent_goal.id': goal })
    const query = settings('jaeger')
      .tracesToLogsV2.query.replace('$${__span.traceId}', span?.traceID)
      .replace('$${__span.spanId}', span?.spanID)
    const events = await linesOf(stack, query)
    expect(events.map(({ agent_goal_id }) => agent_goal_id)).toContain(goal)
  })
})

/** A goal event without a goal, which the Collector refuses. */
async function refuseOne(): Promise<void> {
  const logRecords = [{ eventName: 'agent_goal.created', timeUnixNano: `${Date.now()}000000` }]
  const status = await stack.collector.post('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
  expect(status).toBe(200)
}
