import type { SpanContext } from '@opentelemetry/api'
import { UID_BYTES, uidText, uidWriter } from '../base/uid.ts'
import type { ChangeSource, GoalContext } from '../event/goal-context.ts'

/** What is known at the moment of a change beyond its row: the outbox's column `context`. */
export interface ChangeContext {
  /** See uid.ts. */
  readonly uid: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** From the start of the statement to the change, in microseconds. */
  readonly durationUs: number
  /** The caller's span: 32 and 16 lower-case hex digits; zeros where there was none. */
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
  readonly known: KnownContext
}

export interface KnownContext extends GoalContext {
  /** The uid of the first change of the same transaction that took a goal or usage away; see rewrites.ts. */
  readonly transaction?: string | undefined
  readonly tracestate?: string | undefined
  /** Default: `reported`. */
  readonly source?: ChangeSource | undefined
  /** `traceparent` is not the caller's span but the change's own, which needs no second one. */
  readonly ownSpan?: boolean | undefined
}

const AT = UID_BYTES
const DURATION = AT + 6
const FLAGS = DURATION + 4
const TRACE_ID = FLAGS + 1
const SPAN_ID = TRACE_ID + 16
const HEAD_BYTES = SPAN_ID + 8
const LONGEST_US = 0xffff_ffff

/**
 * Builds the column's bytes, in the agent's own statement: a head of fixed length, `uid at duration flags trace span`,
 * and what else is known as JSON. Bytes written in place, because building a text for each change, twice as
 * long, cost 0.5 µs more of a mutation's 6.
 */
export class ChangeContextWriter {
  readonly #head = Buffer.alloc(HEAD_BYTES)
  readonly #writeUid = uidWriter(this.#head)
  /** Head and JSON, which is the same for most changes in a row. */
  #whole = this.#head
  #json = ''

  caller(span: SpanContext | undefined): void {
    this.#head.fill(0, FLAGS)
    if (span === undefined) return
    this.#head[FLAGS] = span.traceFlags
    // Buffer.write() stops at a character that is not hex, and leaves zeros, which mean no span.
    this.#head.write(span.traceId, TRACE_ID, 16, 'hex')
    this.#head.write(span.spanId, SPAN_ID, 8, 'hex')
  }

  /**
   * @param json '' for nothing.
   * @returns The writer's own bytes, good until it is called again.
   */
  write(nowMs: number, durationUs: number, json: string): Buffer {
    const head = this.#head
    this.#writeUid(nowMs)
    head.writeUIntBE(nowMs, AT, 6)
    head.writeUInt32BE(Math.min(durationUs, LONGEST_US), DURATION)
    if (json === '') return head
    if (json !== this.#json) {
      const whole = Buffer.concat([head, Buffer.from(json)])
      // Together: V8 may end this at any call.
      this.#json = json
      this.#whole = whole
    } else head.copy(this.#whole)
    return this.#whole
  }
}

/** The column as text, which SQLite makes of it in less time than a Buffer costs: the head in hex, then the JSON. */
export const CONTEXT_TEXT = `lower(hex(substr(context, 1, ${HEAD_BYTES}))) || ifnull(CAST(substr(context, ${HEAD_BYTES + 1}) AS TEXT), '')`
/**
 * SQL for what `uidOf` reads from that text. Also right for a foreign row whose context is a text, of which a plain
 * `substr` would count characters, not bytes.
 */
export const UID_TEXT = `substr(${CONTEXT_TEXT}, 1, ${2 * UID_BYTES})`

/** Whether a change, as that text, refers to one before it in its transaction: what it says first, if it does. */
export function isInRewrite(text: string): boolean {
  return text.startsWith('{"transaction":', 2 * HEAD_BYTES)
}

export function uidOf(text: string): string {
  return text.slice(0, 2 * UID_BYTES)
}

/** @throws {SyntaxError} where the text is not of a row that goaltrace wrote. */
export function parseChangeContext(text: string): ChangeContext {
  const hex = (from: number, to: number) => text.slice(2 * from, 2 * to)
  // The version of a UUID: what else may stand in the column has none.
  if (text.length < 2 * HEAD_BYTES || text[12] !== '7') throw new SyntaxError('goaltrace did not write its context')
  return {
    uid: uidText(text),
    atMs: Number.parseInt(hex(AT, DURATION), 16),
    durationUs: Number.parseInt(hex(DURATION, FLAGS), 16),
    traceFlags: Number.parseInt(hex(FLAGS, TRACE_ID), 16),
    traceId: hex(TRACE_ID, SPAN_ID),
    spanId: hex(SPAN_ID, HEAD_BYTES),
    known: parseKnown(text.slice(2 * HEAD_BYTES)),
  }
}

// Most changes in a row come from the same turn, so that parsing its JSON again for each would be most of the reading.
const parsed = new Map<string, KnownContext>()

function parseKnown(json: string): KnownContext {
  if (json === '') return {}
  let known = parsed.get(json)
  if (known === undefined) {
    known = JSON.parse(json) as KnownContext
    if (typeof known !== 'object' || known === null) throw new SyntaxError('its context is not an object')
    if (parsed.size >= 256) parsed.clear()
    parsed.set(json, known)
  }
  return known
}
