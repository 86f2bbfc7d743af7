import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Query } from '../../scripts/dashboards/panel.ts'
import { freePort } from '../collector/collector.ts'
import { TWO_TURNS } from '../peers/goal-run.ts'
import { type JaegerSpan, jaegerSpans } from '../peers/jaeger.ts'
import { ask, linesOf, type Series } from './query.ts'
import { isBuilt, root, Stack } from './stack.ts'

const grafana = join(root, 'collector/grafana')
const read = (file: string) => parse(readFileSync(join(grafana, file), 'utf8'))

interface Rule {
  readonly uid: string
  readonly title: string
  readonly data: readonly [
    { readonly datasourceUid: string; readonly model: object },
    { readonly model: { conditions: [{ evaluator: { readonly type: string; readonly params: [number] } }] } },
  ]
}

interface Panel {
  readonly title: string
  readonly targets: readonly Query[]
  readonly fieldConfig: {
    readonly overrides: readonly {
      readonly properties: readonly { readonly id: string; readonly value: unknown }[]
    }[]
  }
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

/** What asks Loki runs where that is built. */
const withLoki = isBuilt('loki')
const asksLoki = (uid: string) => uid === 'goaltrace-loki'

const REGISTERED = ['--import', 'goaltrace/register']

let stack: Stack
let goal = ''
const service = 'example-agent'
/** Another one, so that panels about the first show its table alone. */
const withSpans = 'agent-with-spans'
const variables = () => ({ service, goal, __range: '10m', __interval: '2m' })

beforeAll(async () => {
  stack = await Stack.start()
  await stack.runAgent('examples/agent.mjs')
  await stack.runAgent('test/stack/abandoning-agent.mjs')
  await stack.runAgent('test/stack/stuck-agent.mjs', stack.file('stuck.db'), {
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `http://127.0.0.1:${await freePort()}/v1/logs`,
    // A failing attempt lasts this long.
    OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '1000',
  })
  const plans = { table: 'plans', columns: { goalId: 'id', status: 'status' }, statuses: { open: 'active' } }
  writeFileSync(stack.file('plans.json'), JSON.stringify({ tables: [plans] }))
  await stack.runAgent('test/stack/unmapped-agent.mjs', stack.file('plans.db'), {
    GOALTRACE_CONFIG: stack.file('plans.json'),
  })
  await refuseOne()
  await stack.runNode(
    [...REGISTERED, 'test/peers/agent.mjs', stack.file('spans.db'), JSON.stringify(TWO_TURNS), '--spans'],
    { OTEL_SERVICE_NAME: withSpans },
  )
  const [[spent] = []] = tableOf("SELECT goal_id FROM thread_goals WHERE status = 'budget_limited'") as string[][]
  goal = spent ?? ''
})
afterAll(() => stack?.[Symbol.asyncDispose]())

/** The rows of the agents' own table. */
function tableOf(sql: string): unknown[] {
  const db = new Database(stack.goals, { readonly: true })
  try {
    return db.prepare(sql).raw().all()
  } finally {
    db.close()
  }
}

const value = ([series]: readonly Series[]) => Number(series?.value?.[1])
const within = { timeout: 60_000, interval: 500 }

describe('a panel of a dashboard', () => {
  const asked = queries.filter(({ query }) => withLoki || !asksLoki(query.datasource.uid))
  it.each(asked)('shows data: $name', async ({ query }) => {
    await expect.poll(() => ask(stack, query, variables()), within).not.toEqual([])
  })
})

describe('what a panel shows', () => {
  const shown = async (dashboard: string, panel: string, refId = 'A') => {
    const query = queries.find(({ name }) => name === `${dashboard}: ${panel}, ${refId}`)?.query
    if (query === undefined) throw new RangeError(`${dashboard} has no panel ${panel}`)
    return (await ask(stack, query, variables())) as Series[]
  }

  it('for the current goals matches the agent’s table', async () => {
    const now = await shown('Goals', 'Goals now')
    const counts = now.map((each) => [each.metric?.agent_goal_status, Number(each.value?.[1])])
    const own = tableOf('SELECT status, count(*) FROM thread_goals GROUP BY status')
    expect(counts).toEqual(expect.arrayContaining(own))
  })

  it.runIf(withLoki)('for why goals stop is what the agents did, each counted once', async () => {
    const stops = async () => {
      const changed = (await shown('Goals', 'Why goals stop')).map((each) => [
        each.metric?.agent_goal_status,
        value([each]),
      ])
      return { ...Object.fromEntries(changed), cleared: value(await shown('Goals', 'Why goals stop', 'B')) }
    }
    await expect.poll(stops, within).toEqual({ complete: 2, blocked: 2, budget_limited: 1, paused: 1, cleared: 1 })
    const [[all]] = tableOf('SELECT count(*) FROM thread_goals') as [[number]]
    // Two were deleted from the table.
    await expect.poll(async () => value(await shown('Goals', 'Completion rate')), within).toBeCloseTo(2 / (all + 2), 6)
  })

  it.runIf(withLoki)('for a goal matches the agent’s row', async () => {
    const [own = []] = tableOf(`SELECT tokens_used, time_used_seconds, 1.0 * tokens_used / token_budget
      FROM thread_goals WHERE goal_id = '${goal}'`) as number[][]
    const figures = ['Tokens', 'Time', 'Budget use'].map(async (panel) => value(await shown('One goal', panel)))
    expect(await Promise.all(figures)).toEqual(own)
  })

  it.runIf(withLoki)('begins with the goal that has spent most', async () => {
    const spenders = await shown('Goals', 'Top spenders')
    const most = Math.max(...spenders.map((series) => value([series])))
    expect([[most]]).toEqual(tableOf('SELECT max(tokens_used) FROM thread_goals'))
  })
})

describe('an alert rule', () => {
  const { rules } = read('provisioning/alerting/goaltrace.yaml').groups[0] as { readonly rules: readonly Rule[] }

  /** Its result, where that is above its threshold. */
  const alarming = async ({ data: [{ datasourceUid, model }, { model: threshold }] }: Rule) => {
    const query: Query = { ...model, refId: 'A', datasource: { type: '', uid: datasourceUid } }
    const [{ evaluator }] = threshold.conditions
    expect(evaluator.type).toBe('gt')
    const found = (await ask(stack, query, variables())) as Series[]
    return found.filter((series) => value([series]) > evaluator.params[0])
  }
  const rule = (uid: string) => rules.find((each) => each.uid === uid) as Rule

  const asked = rules.filter(({ data: [{ datasourceUid }] }) => withLoki || !asksLoki(datasourceUid))
  it.each(asked)('fires: $title', async (rule) => {
    await expect.poll(() => alarming(rule), within).not.toEqual([])
  })

  it('names the outbox that is stuck, and is quiet as soon as it is delivered', async () => {
    const old = rule('goaltrace-outbox-old')
    const stuck = stack.file('stuck.db')
    expect((await alarming(old)).map(({ metric }) => metric?.file_path)).toEqual([stuck])
    await stack.runNode(['bin/goaltrace.cjs', 'relay', stuck, '--once'])
    await expect.poll(() => alarming(old), within).toEqual([])
  })
})

describe('Jaeger', () => {
  it('shows the trace to which the panel of a goal leads', async () => {
    const id = (await traceOf(withSpans, 'goal-1')) ?? ''
    const links = panelOf('Trace of the goal').fieldConfig.overrides.flatMap(({ properties }) =>
      properties.filter((each) => each.id === 'links').flatMap(({ value }) => value as { readonly url: string }[]),
    )
    const [address = ''] = links.map(({ url }) => url.replace(/\$\{__data\.fields\.trace\}/, id))
    const { trace } = JSON.parse(new URL(address, 'http://grafana').searchParams.get('panes') ?? '')
    expect(trace).toMatchObject({ datasource: 'goaltrace-jaeger', range: { from: expect.any(String) } })
    const answer = await fetch(`${stack.jaeger}/api/traces/${trace.queries[0].query}`)
    const { data } = (await answer.json()) as { readonly data: readonly { readonly spans: readonly JaegerSpan[] }[] }
    expect(data.flatMap(({ spans }) => spans.map(({ operationName }) => operationName))).toContain('goal')
  })

  it.runIf(withLoki)('finds the one trace of a goal by agent_goal.id, to which its events point', async () => {
    const events = await linesOf(stack, `{service_name="${service}"} | agent_goal_id="${goal}"`)
    const known = [...new Set(events.flatMap(({ trace_id }) => trace_id ?? []))]
    expect(known).toHaveLength(1)
    const found = async () => {
      const spans = await jaegerSpans(stack.jaeger, service, { 'agent_goal.id': goal })
      return [...new Set(spans.map(({ traceID }) => traceID))]
    }
    await expect.poll(found, within).toEqual(known)
  })
})

describe.runIf(withLoki)('the way between an event and its span', () => {
  const { datasources } = read('provisioning/datasources/goaltrace.yaml')
  const settings = (type: string) => datasources.find((each: { type: string }) => each.type === type).jsonData

  it('leads from the event through the field that Loki has', async () => {
    const [{ matcherRegex, datasourceUid }] = settings('loki').derivedFields
    const [event = {}] = await linesOf(stack, `{service_name="${service}"} | agent_goal_id="${goal}"`)
    expect(datasourceUid).toBe('goaltrace-jaeger')
    const answer = await fetch(`${stack.jaeger}/api/traces/${event[matcherRegex]}`)
    expect(answer.status).toBe(200)
  })

  it('leads from an event in a span of the agent to the goal', async () => {
    const [, { matcherRegex, datasourceUid }] = settings('loki').derivedFields
    const events = await linesOf(stack, `{service_name="${withSpans}"} | agent_goal_id="goal-1"`)
    expect(events.length).toBeGreaterThan(0)
    const traces = new Set(events.map((event) => event[matcherRegex]))
    expect([datasourceUid, traces]).toEqual(['goaltrace-jaeger', new Set([await traceOf(withSpans, 'goal-1')])])
  })

  it.each([withSpans, service])('leads from the panel of a goal of %s to its trace', async (of) => {
    const id = of === withSpans ? 'goal-1' : goal
    const [query] = panelOf('Trace of the goal').targets as [Query]
    const rows = (await ask(stack, query, { ...variables(), service: of, goal: id })) as Series[]
    expect(rows.map(({ metric }) => metric?.trace)).toEqual([await traceOf(of, id)])
  })

  it('leads from the span through the query for Jaeger', async () => {
    const spans = await jaegerSpans(stack.jaeger, service, { 'agent_goal.id': goal })
    const span = spans.find(({ operationName }) => operationName === 'create_goal')
    const query = settings('jaeger')
      .tracesToLogsV2.query.replace('$${__span.traceId}', span?.traceID)
      .replace('$${__span.spanId}', span?.spanID)
    const events = await linesOf(stack, query)
    expect(events.map(({ agent_goal_id }) => agent_goal_id)).toContain(goal)
  })
})

function panelOf(title: string): Panel {
  const panel = dashboards.flatMap(({ panels }) => panels).find((each) => each.title === title)
  if (panel === undefined) throw new RangeError(`No dashboard has a panel ${title}`)
  return panel
}

/** The trace of a goal itself, as Jaeger knows it. */
async function traceOf(service: string, id: string): Promise<string | undefined> {
  const spans = await jaegerSpans(stack.jaeger, service, { 'agent_goal.id': id })
  return spans.find(({ operationName }) => operationName === 'active')?.traceID
}

/** A goal event without a goal, which the Collector refuses. */
async function refuseOne(): Promise<void> {
  const logRecords = [{ eventName: 'agent_goal.created', timeUnixNano: `${Date.now()}000000` }]
  const status = await stack.collector.post('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
  expect(status).toBe(200)
}
