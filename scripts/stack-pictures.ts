/**
 * Makes docs/jaeger.svg and docs/dashboard.svg from the answers of Jaeger, Prometheus and Loki after a run of the example agent; the second
 * only where Loki is built: npm run build && test/stack/build.sh jaeger prometheus loki && node scripts/stack-pictures.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { jaegerSpans } from '../test/peers/jaeger.ts'
import { ask, type Series } from '../test/stack/query.ts'
import { isBuilt, Stack } from '../test/stack/stack.ts'
import { type Answer, dashboardSvg, type PlacedPanel } from './dashboard-svg.ts'
import { goalGantt } from './goal-gantt.ts'
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
const blocked = await jaegerSpans(stack.jaeger, SERVICE, { 'agent_goal.status': 'blocked' })
const [{ traceID = '' } = {}] = blocked
const spans = blocked.filter((span) => span.traceID === traceID)
writeFileSync(join(ROOT, 'docs/jaeger.svg'), terminalSvg(goalGantt(traceID, spans), "Jaeger's answer"))
if (isBuilt('loki')) writeFileSync(join(ROOT, 'docs/dashboard.svg'), dashboardSvg(goals.title, await answered()))

async function answered(): Promise<(readonly [PlacedPanel, Answer[]])[]> {
  const shown = goals.panels.filter(({ gridPos }) => gridPos.y + gridPos.h <= LAST_ROW)
  return Promise.all(
    shown.map(async (panel) => {
      const answers = panel.targets.map(async (query): Promise<Answer> => {
        const found = await ask(stack, query, { service: SERVICE, __range: '10m', __interval: '1m' })
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
