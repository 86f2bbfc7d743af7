import { styleText } from 'node:util'
import * as semconv from '../event/semconv.ts'

/** What a line shows of an event. */
export interface ShownEvent {
  readonly kind: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export type Style = Parameters<typeof styleText>[0]

const COLUMNS = [
  { name: 'thread', width: 11 },
  { name: 'goal', width: 7 },
  { name: 'event', width: 15 },
  { name: 'status', width: 14 },
  { name: 'tokens', width: 15, right: true },
  { name: 'time', width: 6, right: true },
  { name: 'turn', width: 7 },
] as const

const STYLES: Readonly<Record<string, Style>> = {
  active: 'cyan',
  paused: 'yellow',
  budget_limited: 'magenta',
  usage_limited: 'magenta',
  blocked: 'red',
  complete: 'green',
  cleared: 'gray',
}

export function styleOf(status: string): Style {
  return STYLES[status] ?? 'reset'
}

/** The heading over the lines of events. @param at The heading of what stands before each of them. */
export function heading(at: string): string {
  return styleText('dim', [at, ...COLUMNS.map((column) => padded(column.name, column))].join('  ').trimEnd())
}

/** One aligned line. */
export function eventLine(at: string, { kind, attributes }: ShownEvent): string {
  const tell = (name: string) => attributes[name]
  const status = String(tell(semconv.ATTR_AGENT_GOAL_STATUS))
  const texts = [
    shortId(tell(semconv.ATTR_GEN_AI_CONVERSATION_ID)),
    shortId(tell(semconv.ATTR_AGENT_GOAL_ID)),
    kind,
    status,
    tokens(tell(semconv.ATTR_AGENT_GOAL_USAGE_TOKENS), tell(semconv.ATTR_AGENT_GOAL_TOKEN_BUDGET)),
    duration(tell(semconv.ATTR_AGENT_GOAL_USAGE_DURATION)),
    shortId(tell(semconv.ATTR_AGENT_GOAL_TURN_ID)),
  ]
  const styles: (Style | undefined)[] = [undefined, 'dim', kind === 'usage_accounted' ? undefined : 'bold']
  styles[3] = styleOf(kind === 'cleared' ? 'cleared' : status)
  styles[6] = 'dim'
  const cells = COLUMNS.map((column, index) => {
    const text = padded(texts[index] ?? '', column)
    const style = styles[index]
    return style ? styleText(style, text) : text
  })
  return [styleText('dim', at), ...cells].join('  ').trimEnd()
}

/** Enough of an id to tell it from the others: the end, as ids that begin with the time begin alike. */
export function shortId(id: unknown): string {
  if (id === undefined || id === null) return ''
  const text = String(id)
  return text.length <= 11 ? text : `…${text.slice(-6)}`
}

export function tokens(used: unknown, budget: unknown): string {
  if (used === undefined) return ''
  return budget === undefined ? grouped(used) : `${grouped(used)}/${grouped(budget)}`
}

/** Whole seconds as people say them. */
export function duration(seconds: unknown): string {
  if (seconds === undefined) return ''
  const count = Number(seconds)
  if (count < 120) return `${count} s`
  return count < 7200 ? `${Math.floor(count / 60)} min` : `${Math.floor(count / 3600)} h`
}

function grouped(count: unknown): string {
  return Number(count).toLocaleString('en-US')
}

function padded(text: string, { width, right }: { width: number; right?: boolean }): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text
  return right ? cut.padStart(width) : cut.padEnd(width)
}
