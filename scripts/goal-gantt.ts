import { styleText } from 'node:util'
import type { JaegerSpan } from '../test/peers/jaeger.ts'

/** Characters for the length of the goal. */
const WIDTH = 48
/** Characters for a span's name. */
const NAME = 18

/** Jaeger's answer about the trace of a goal, as a terminal would show it: a span a line, its time as a bar. */
export function goalGantt(traceId: string, spans: readonly JaegerSpan[]): string[] {
  const from = Math.min(...spans.map(({ startTime }) => startTime))
  const length = Math.max(...spans.map(({ startTime, duration }) => startTime + duration)) - from
  const sorted = spans.toSorted((a, b) => isRoot(b) - isRoot(a) || a.startTime - b.startTime || a.duration - b.duration)
  const column = (text: string, width: number) => text.padEnd(width)
  const rows = sorted.map((span) => {
    const before = Math.min(WIDTH - 1, Math.round((WIDTH * (span.startTime - from)) / length))
    const bar = Math.max(1, Math.min(WIDTH - before, Math.round((WIDTH * span.duration) / length)))
    const name = isRoot(span) ? span.operationName : `  ${span.operationName}`
    // A change has the goal's total, which is not what it has spent.
    const tokens = tag(span, isRoot(span) ? 'agent_goal.usage.tokens' : 'agent_goal.spent.tokens')
    return [
      column(name, NAME),
      `${' '.repeat(before)}${styleText(colourOf(span), '━'.repeat(bar), { validateStream: false })}${' '.repeat(WIDTH - before - bar)}`,
      `${(span.duration / 1e6).toFixed(span.duration < 1000 ? 4 : 1)} s`.padStart(9),
      tokens.padStart(7),
    ].join(' ')
  })
  const dim = (text: string) => styleText('dim', text, { validateStream: false })
  return [
    `${dim('$')} curl localhost:16686/api/traces/${traceId}`,
    '',
    dim([column('span', NAME), column('', WIDTH), 'duration'.padStart(9), 'tokens'.padStart(7)].join(' ')),
    ...rows,
  ]
}

function isRoot({ operationName }: JaegerSpan): number {
  return operationName === 'goal' ? 1 : 0
}

function tag({ tags }: JaegerSpan, key: string): string {
  return String(tags.find((each) => each.key === key)?.value ?? '')
}

function colourOf(span: JaegerSpan): 'red' | 'cyan' | 'gray' | 'green' {
  if (tag(span, 'error') === 'true') return 'red'
  if (isRoot(span)) return 'cyan'
  return span.operationName === 'active' ? 'green' : 'gray'
}
