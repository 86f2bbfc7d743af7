import { styleText } from 'node:util'
import { withCommas } from '../../base/counted.ts'
import * as semconv from '../../event/semconv.ts'
import { columnsOf, fitted, printable } from './printable.ts'

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

export type EventColumn = (typeof COLUMNS)[number]['name']

const STYLES: Readonly<Record<string, Style>> = {
  active: 'cyan',
  paused: 'yellow',
  budget_limited: 'magenta',
  usage_limited: 'magenta',
  blocked: 'red',
  complete: 'green',
  replaced: 'gray',
  cleared: 'gray',
}

export function styleOf(status: string): Style {
  return (Object.hasOwn(STYLES, status) && STYLES[status]) || 'reset'
}

/**
 * The heading over the lines of events.
 * @param at The heading of the first column.
 */
export function heading(at: string): string {
  return styleText('dim', [at, ...COLUMNS.map((column) => padded(column.name, column))].join('  ').trimEnd())
}

/** One aligned line. */
export function eventLine(at: string, event: ShownEvent): string {
  const cells = eventCells(event)
  const line = COLUMNS.map((column) => {
    const [text, style] = cells[column.name]
    return style ? styleText(style, padded(text, column)) : padded(text, column)
  })
  return [styleText('dim', at), ...line].join('  ').trimEnd()
}

/** Each column's text for an event, not yet made printable. */
export function eventCells({
  kind,
  attributes,
}: ShownEvent): Readonly<Record<EventColumn, readonly [text: string, style?: Style]>> {
  const value = (name: string) => attributes[name]
  const status = String(value(semconv.ATTR_AGENT_GOAL_STATUS))
  return {
    thread: [shortId(value(semconv.ATTR_GEN_AI_CONVERSATION_ID))],
    goal: [shortId(value(semconv.ATTR_AGENT_GOAL_ID)), 'dim'],
    event: kind === 'usage_accounted' ? [kind] : [kind, 'bold'],
    status: [status, styleOf(kind === 'cleared' ? 'cleared' : status)],
    tokens: [tokens(value(semconv.ATTR_AGENT_GOAL_USAGE_TOKENS), value(semconv.ATTR_AGENT_GOAL_TOKEN_BUDGET))],
    time: [duration(value(semconv.ATTR_AGENT_GOAL_USAGE_DURATION))],
    turn: [shortId(value(semconv.ATTR_AGENT_GOAL_TURN_ID)), 'dim'],
  }
}

/** Enough of an id to distinguish it from others: its end, since ids that begin with the time begin alike. */
export function shortId(id: unknown): string {
  if (id === undefined || id === null) return ''
  const text = String(id)
  return text.length <= 11 ? printable(text) : `…${printable(text.slice(-6))}`
}

export function tokens(used: unknown, budget: unknown): string {
  if (used === undefined || used === null) return ''
  return budget === undefined || budget === null ? amount(used) : `${amount(used)}/${amount(budget)}`
}

function amount(count: unknown): string {
  // As a number, an integer beyond 2^53 would become another one.
  return withCommas(typeof count === 'bigint' ? count : Number(count))
}

/** Seconds as people say them; below two minutes to three digits. */
export function duration(seconds: unknown): string {
  if (seconds === undefined || seconds === null) return ''
  const count = typeof seconds === 'bigint' ? seconds : Number(seconds)
  if (typeof count === 'number' && !Number.isInteger(count) && count < 120) {
    return count > 0 && count < 1 ? `${+(count * 1000).toPrecision(3)} ms` : `${+count.toPrecision(3)} s`
  }
  if (count < 120) return `${count} s`
  if (count < 7200) return `${whole(count, 60)} min`
  return count < 172_800 ? `${whole(count, 3600)} h` : `${whole(count, 86_400)} d`
}

function whole(seconds: number | bigint, unit: number): number | bigint {
  return typeof seconds === 'bigint' ? seconds / BigInt(unit) : Math.floor(seconds / unit)
}

function padded(text: string, { width, right }: { width: number; right?: boolean }): string {
  // Part of a number is another number, so it is never cut; the line is longer then.
  const cut = right ? printable(text) : fitted(printable(text), width)
  const space = ' '.repeat(Math.max(0, width - columnsOf(cut)))
  return right ? space + cut : cut + space
}
