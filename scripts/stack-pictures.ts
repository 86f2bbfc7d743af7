/**
 * Makes docs/jaeger.svg and docs/dashboard.svg from the answers of Jaeger, Prometheus and Loki after a run of the example agent:
 * npm run build && test/stack/build.sh && node scripts/stack-pictures.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, linesOf, type Series, type Span, spansOf } from '../test/stack/query.ts'
import { Stack } from '../test/stack/stack.ts'
import { type Answer, dashboardSvg, type PlacedPanel } from './dashboard-svg.ts'
import { terminalSvg } from './terminal-svg.ts'

const ROOT = join(import.meta.dirname, '..')
const SERVICE = 'example-agent'
const RUNS = 6
/** The part of the dashboard that is shown. */
const LAST_ROW = 30

const goals = JSON.parse(readFileSync(join(ROOT, 'collector/grafana/dashboards/goals.json'), 'utf8')) as {
  readonly title: string
  readonly panels: readonly PlacedPanel[]
}

await using stack = await Stack.start()
for (let run = 0; run < RUNS; run++) await stack.runAgent('examples/agent.mjs')
await sleep(15_000)
const limited = await linesOf(stack, `{service_name="${SERVICE}"} | agent_goal_status="budget_limited"`)
const goal = limited[0]?.agent_goal_id ?? ''
const spans = await spansOf(stack, SERVICE, { 'agent_goal.id': goal })
writeFileSync(join(ROOT, 'docs/jaeger.svg'), terminalSvg(search(goal, spans), "Jaeger's answer"))
writeFileSync(join(ROOT, 'docs/dashboard.svg'), dashboardSvg(goals.title, await answered()))

async function answered(): Promise<(readonly [PlacedPanel, Answer[]])[]> {
  const shown = goals.panels.filter(({ gridPos }) => gridPos.y + gridPos.h <= LAST_ROW)
  return Promise.all(
    shown.map(async (panel) => {
      const answers = panel.targets.map(async (query): Promise<Answer> => {
        const found = await ask(stack, query, { service: SERVICE, goal, __range: '10m', __interval: '1m' })
        return { query, series: (found as Series[]).map(series) }
      })
      return [panel, await Promise.all(answers)] as const
    }),
  )
}

function series({ metric = {}, value, values = [] }: Series): Answer['series'][number] {
  const points = [...values, ...(value ? [value] : [])].map(([at, number]) => [Number(at), Number(number)] as const)
  return { labels: metric, points }
}

/** What Jaeger finds, as a terminal would show it: one span per line. */
function search(goal: string, spans: readonly Span[]): string[] {
  const dim = (text: string) => `\u001b[2m${text}\u001b[22m`
  const sorted = spans.toSorted((a, b) => a.startTime - b.startTime)
  const tag = ({ tags }: Span, key: string) => String(tags.find((each) => each.key === key)?.value ?? '')
  const rows = sorted.map((span) => [
    new Date(span.startTime / 1000).toISOString().slice(11, 23),
    span.operationName,
    tag(span, 'agent_goal.status'),
    tag(span, 'agent_goal.usage.tokens').padStart(6),
    `${(span.duration / 1000).toFixed(1)} ms`.padStart(8),
    span.traceID,
  ])
  const all = [['start', 'span', 'status', 'tokens', 'duration', 'trace'], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  const [head = '', ...lines] = all.map((row) => row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('  '))
  return [
    `${dim('$')} curl -G localhost:16686/api/traces -d service=${SERVICE} \\`,
    `    --data-urlencode 'tags={"agent_goal.id": "${goal}"}'`,
    '',
    dim(head),
    ...lines,
  ]
}
