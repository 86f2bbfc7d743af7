import { context, type SpanContext, trace } from '@opentelemetry/api'
import { clock } from '../base/clock.ts'
import { reason, warnOnce } from '../base/diagnose.ts'
import { UID_BYTES } from '../base/uid.ts'
import type { GoalContext, ThreadContext } from '../event/goal-context.ts'
import { ChangeContextWriter, type KnownContext } from '../outbox/change-context.ts'
import type { SqlValue } from '../outbox/outbox-table.ts'
import { knownContext } from '../telemetry/known-context.ts'
import { goalOf, Replacements, same, threadOf } from './replacements.ts'
import { Rewrite } from './rewrite.ts'
import { UsageNotes, type UsageRow } from './usage-notes.ts'

/**
 * What the triggers of one connection ask of JavaScript: who makes this change, when, and which rows it replaces.
 * It runs inside the agent's statement, where a throw would abort it, so nothing here throws.
 */
export class ChangeRecorder {
  readonly #threads: ((threadId: string) => ThreadContext | undefined) | undefined
  readonly #writer = new ChangeContextWriter()
  /** When the running statement started, in milliseconds of `clock.now()`. */
  #startedAt = 0
  readonly replacements = new Replacements()
  readonly usage = new UsageNotes()
  readonly #rewrite = new Rewrite()
  /** What the last change of a rewrite knew, as JSON. */
  #rewritten: { readonly known: GoalContext | undefined; readonly uid: string; readonly json: string } | undefined
  /** Whose bytes the writer has; `unwritten` where V8 has ended the writing of others. */
  #span: SpanContext | undefined | 'unwritten'

  constructor(threads: ((threadId: string) => ThreadContext | undefined) | undefined) {
    this.#threads = threads
  }

  /** Whether an update has to pass its thread. */
  get asksThread(): boolean {
    return this.#threads !== undefined
  }

  statementStarts(inTransaction: boolean, single = true): void {
    this.#startedAt = clock.now()
    this.replacements.clear()
    this.usage.start(inTransaction, single)
    this.#rewrite.statementStarts(inTransaction, single)
  }

  /** A statement that changes no row starts: it may take rows back, or begin another transaction. */
  otherStarts(inTransaction: boolean): void {
    this.usage.forget()
    if (!inTransaction) this.#rewrite.statementStarts(false)
  }

  writing(how: string, ...identity: SqlValue[]): void {
    this.usage.forget()
    this.replacements.writing(how, ...identity)
  }

  inserted(thread: SqlValue): Buffer {
    this.usage.forget()
    return this.#context(thread)
  }

  /** The row was inserted in place of others. */
  replaced(thread: SqlValue, goal: SqlValue): Buffer {
    this.usage.forget()
    const context = this.#context(thread)
    const { continued } = this.replacements
    return continued === undefined || same(goalOf(continued), goal) ? context : this.#rewrite.takes(context)
  }

  /** The n-th goal that the row has evicted. */
  evicted(n: number): Buffer {
    return this.#rewrite.takes(this.#context(threadOf(this.replacements.evicted[n] ?? [])))
  }

  updated(thread?: unknown): Buffer {
    this.usage.forget()
    return this.#context(thread)
  }

  usageWritten(thread: unknown): Buffer {
    return this.#context(thread)
  }

  usageDeleted(thread: unknown, ...row: UsageRow): Buffer {
    this.usage.deleted(...row)
    return this.#rewrite.takes(this.#context(thread))
  }

  /** An update that ends the goal, though its row stays. */
  ended(thread: unknown): Buffer {
    this.usage.forget()
    return this.#rewrite.takes(this.#context(thread))
  }

  /** A change that code records, in its own span if there is one. */
  recorded(startedAt: number, ownSpan?: SpanContext): Buffer {
    this.#startedAt = startedAt
    return this.#context(undefined, ownSpan && { ownSpan: true }, ownSpan)
  }

  deleted(thread: SqlValue, goal: SqlValue): Buffer {
    this.usage.forget()
    const context = this.#rewrite.takes(this.#context(thread))
    this.replacements.deleted(thread, goal, () => Buffer.from(context.subarray(0, UID_BYTES)))
    return context
  }

  #context(thread: unknown, more?: KnownContext, ownSpan?: SpanContext): Buffer {
    const now = Date.now()
    const durationUs = Math.max(0, Math.round((clock.now() - this.#startedAt) * 1000))
    try {
      const around = context.active()
      const span = ownSpan ?? trace.getSpanContext(around)
      if (span !== this.#span) this.#follow(span)
      const tracestate = span?.traceState?.serialize()
      const known = knownContext(around, this.#threads?.(String(thread)))
      const { uid: transaction } = this.#rewrite
      const json =
        more || tracestate
          ? textOf({ transaction, ...known, tracestate, ...more })
          : transaction !== undefined
            ? this.#rewrittenOf(known, transaction)
            : known === undefined
              ? ''
              : jsonOf(known)
      return this.#writer.write(now, durationUs, json)
    } catch (error) {
      warnOnce(
        'context',
        `a change is recorded without its span and goal context, because reading them failed: ${reason(error)}`,
      )
      this.#follow(undefined)
      return this.#writer.write(now, durationUs, more ? textOf(more) : '')
    }
  }

  #rewrittenOf(known: GoalContext | undefined, uid: string): string {
    if (this.#rewritten?.uid !== uid || this.#rewritten.known !== known) {
      this.#rewritten = { known, uid, json: textOf({ transaction: uid, ...known }) }
    }
    return this.#rewritten.json
  }

  #follow(span: SpanContext | undefined): void {
    this.#span = 'unwritten'
    this.#writer.caller(span)
    this.#span = span
  }
}

/** SQLite's values include what JSON has no form for: a 64-bit integer and a BLOB. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)) ?? ''
}

const serialized = new WeakMap<GoalContext, string>()

function jsonOf(context: GoalContext): string {
  let json = serialized.get(context)
  if (json === undefined) {
    json = textOf(context)
    serialized.set(context, json)
  }
  return json
}
