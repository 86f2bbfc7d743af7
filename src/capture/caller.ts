import { context, type SpanContext, trace } from '@opentelemetry/api'
import { clock } from '../base/clock.ts'
import { reason, warnOnce } from '../base/diagnose.ts'
import type { GoalContext, ThreadContext } from '../event/goal-context.ts'
import { ChangeContextWriter, type KnownContext, type ReplacedRow } from '../outbox/change-context.ts'
import type { SqlValue } from '../outbox/outbox-table.ts'
import { knownContext } from '../telemetry/known-context.ts'
import { Rewrite } from './rewrite.ts'
import { UsageNotes, type UsageRow } from './usage-notes.ts'

/** What a row to be written finds in its way, and the uids of the changes that say of those rows that they are gone. */
interface Replacement {
  readonly rows: ReplacedRow[]
  readonly supersedes: string[]
}

/**
 * What the triggers of one connection ask of JavaScript: who makes this change, when, and which rows does it replace.
 * It runs inside the agent's statement, where a throw would abort it, so nothing here throws.
 */
export class Caller {
  readonly #threads: ((threadId: string) => ThreadContext | undefined) | undefined
  readonly #writer = new ChangeContextWriter()
  /** Of the statement that runs; milliseconds of performance.now(). */
  #startedAt = 0
  /** By how (`insert` or `update`) and the identity of the row that is written. */
  readonly #replacements = new Map<string, Replacement>()
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
    if (this.#replacements.size > 0) this.#replacements.clear()
    this.usage.start(inTransaction, single)
    this.#rewrite.statementStarts(inTransaction, single)
  }

  /** A statement that changes no row starts: it may take rows back, or begin another transaction. */
  otherStarts(inTransaction: boolean): void {
    this.usage.forget()
    if (!inTransaction) this.#rewrite.statementStarts(false)
  }

  /** Each BEFORE trigger starts with this: what a row that was then ignored or upserted has noted is void. */
  writing(how: string, ...identity: unknown[]): void {
    this.usage.forget()
    this.#replacements.delete(key(how, identity))
  }

  replacing(how: string, a: unknown, b: unknown, ...row: ReplacedRow): void {
    const at = key(how, [a, b])
    const replacement = this.#replacements.get(at) ?? { rows: [], supersedes: [] }
    replacement.rows.push(row)
    this.#replacements.set(at, replacement)
  }

  inserted(thread: unknown, ...identity: unknown[]): Buffer {
    this.usage.forget()
    return this.#replaced('insert', thread, identity)
  }

  /** An update that leaves the row's keys alone, and so replaces nothing. */
  updated(thread?: unknown): Buffer {
    this.usage.forget()
    return this.#context(thread)
  }

  moved(thread: unknown, ...identity: unknown[]): Buffer {
    this.usage.forget()
    return this.#replaced('update', thread, identity)
  }

  /** A row of usage is written of this goal, in place of others maybe; `how` is null where it is not. */
  usageWritten(thread: unknown, how: string | null, ...[goal, tokens, seconds, of]: SqlValue[]): Buffer {
    const replacedUsage = this.usage.replaced(how, [goal ?? null, tokens ?? null, seconds ?? null], of ?? null)
    return this.#context(thread, replacedUsage && { replacedUsage })
  }

  usageDeleted(thread: unknown, ...row: UsageRow): Buffer {
    this.usage.deleted(...row)
    return this.#rewrite.takes(this.#context(thread))
  }

  /** An update after which the row is no goal any more. */
  ended(thread: unknown): Buffer {
    this.usage.forget()
    return this.#rewrite.takes(this.#context(thread))
  }

  /** A change that code records, in its own span if there is one. */
  recorded(startedAt: number, ownSpan?: SpanContext): Buffer {
    this.#startedAt = startedAt
    return this.#context(undefined, ownSpan && { ownSpan: true }, false, ownSpan)
  }

  deleted(thread: unknown, goal: unknown): Buffer {
    this.usage.forget()
    let uid: string | undefined
    for (const { rows, supersedes } of this.#replacements.values()) {
      if (!rows.some(({ 0: t, 1: g }) => same(t, thread) && same(g, goal))) continue
      // By each that may be about to replace it: of an exec, another statement may have noted the row in vain.
      uid ??= this.#writer.uid(Date.now())
      supersedes.push(uid)
    }
    const context = uid === undefined ? this.#context(thread) : this.#context(thread, { replacing: true }, true)
    return this.#rewrite.takes(context)
  }

  #replaced(how: string, thread: unknown, identity: unknown[]): Buffer {
    if (this.#replacements.size === 0) return this.#context(thread)
    const at = key(how, identity)
    const replacement = this.#replacements.get(at)
    if (replacement === undefined) return this.#context(thread)
    this.#replacements.delete(at)
    const { rows: replaced, supersedes } = replacement
    const context = this.#context(thread, { replaced, supersedes: supersedes.length > 0 ? supersedes : undefined })
    return replaced.every(([, goal]) => same(goal, identity[1])) ? context : this.#rewrite.takes(context)
  }

  #context(thread: unknown, more?: KnownContext, uid = false, ownSpan?: SpanContext): Buffer {
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
      return this.#writer.write(now, durationUs, json, uid)
    } catch (error) {
      warnOnce('context', `a change is recorded without its context, because reading that failed: ${reason(error)}`)
      this.#follow(undefined)
      return this.#writer.write(now, durationUs, more ? textOf(more) : '', uid)
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

function key(how: string, identity: readonly unknown[]): string {
  return `${how}\0${identity.map((value) => textOf(value)).join('\0')}`
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0)
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
