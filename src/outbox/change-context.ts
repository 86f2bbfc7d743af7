import type { GoalContext } from '../event/goal-context.ts'
import type { SqlValue } from './outbox-table.ts'

/** A replaced row, in the order of triggers.ts's SIDE. */
export type ReplacedRow = readonly SqlValue[]

/** What is known at the moment of a change beyond its row: the outbox's column `context`. */
export interface ChangeContext {
  /** See uid.ts. */
  readonly uid: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** From the start of the statement to the change, in microseconds. */
  readonly durationUs: number
  /** The caller's span, as W3C Trace Context writes it (https://www.w3.org/TR/trace-context/#traceparent-header). */
  readonly traceparent: string | undefined
  readonly known: KnownContext
}

export interface KnownContext extends GoalContext {
  readonly tracestate?: string | undefined
  /** `traceparent` is not the caller's span but the change's own, which needs no second one. */
  readonly ownSpan?: boolean | undefined
  /** The rows that a REPLACE took away for this one. */
  readonly replaced?: readonly ReplacedRow[] | undefined
  /** The uids of changes that say of those rows only that they are gone. */
  readonly supersedes?: readonly string[] | undefined
  /** A REPLACE may be about to follow, and supersede this. */
  readonly replacing?: boolean | undefined
}

/** One text, because it is built in the agent's own statement: `uid at duration traceparent json`. */
export function formatChangeContext(
  uid: string,
  atMs: number,
  durationUs: number,
  traceparent: string,
  known: string,
): string {
  return `${uid} ${atMs} ${durationUs} ${traceparent} ${known}`
}

/** @throws {SyntaxError} where the text is not one that goaltrace wrote. */
export function parseChangeContext(text: string): ChangeContext {
  const at = text.indexOf(' ') + 1
  const duration = text.indexOf(' ', at) + 1
  const traceparent = text.indexOf(' ', duration) + 1
  const known = text.indexOf(' ', traceparent) + 1
  const uid = text.slice(0, at - 1)
  const atMs = Number(text.slice(at, duration - 1))
  if (uid.length !== 36 || !Number.isFinite(atMs) || traceparent === 0 || known === 0) {
    throw new SyntaxError(`outbox row with the context "${text}"`)
  }
  return {
    uid,
    atMs,
    durationUs: Number(text.slice(duration, traceparent - 1)) || 0,
    traceparent: text.slice(traceparent, known - 1) || undefined,
    known: parseKnown(text.slice(known)),
  }
}

// Most changes in a row come from the same turn, so that parsing its JSON anew for each would be most of the reading.
const parsed = new Map<string, KnownContext>()

function parseKnown(json: string): KnownContext {
  if (json === '') return {}
  let known = parsed.get(json)
  if (known === undefined) {
    known = JSON.parse(json) as KnownContext
    if (parsed.size >= 256) parsed.clear()
    parsed.set(json, known)
  }
  return known
}
