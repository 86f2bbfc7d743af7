import { context, trace } from '@opentelemetry/api'
import type { GoalContext, ThreadContext } from '../event/goal-context.ts'
import { formatChangeContext, type KnownContext, type ReplacedRow } from '../outbox/change-context.ts'
import { uidSource } from '../outbox/uid.ts'
import { reason, warnOnce } from '../telemetry/diagnose.ts'
import { activeGoalContext } from '../telemetry/goal-context.ts'

type Slot = 'insert' | 'update'

/**
 * What the triggers of one connection ask of JavaScript: who makes this change, when, and which rows does it replace.
 * It runs inside the agent's statement, where a throw would abort it, so nothing here throws.
 */
export class Caller {
  readonly #threads: ((threadId: string) => ThreadContext | undefined) | undefined
  readonly #uid = uidSource()
  /** Of the statement that runs; milliseconds of performance.now(). */
  #startedAt = 0
  #replaced: Record<Slot, ReplacedRow[]> = { insert: [], update: [] }
  #superseded: string[] = []

  constructor(threads: ((threadId: string) => ThreadContext | undefined) | undefined) {
    this.#threads = threads
  }

  statementStarts(): void {
    this.#startedAt = performance.now()
  }

  inserted = (thread: unknown): string => this.#told(thread, 'insert')

  updated = (thread: unknown): string => this.#told(thread, 'update')

  deleted = (thread: unknown, goal: unknown): string => {
    const noted = ({ 0: t, 1: g }: ReplacedRow) => t === thread && g === goal
    if (!this.#replaced.insert.some(noted) && !this.#replaced.update.some(noted)) return this.#context(thread)
    const uid = this.#uid(Date.now())
    this.#superseded.push(uid)
    return this.#context(thread, { replacing: true }, uid)
  }

  replacing = (slot: Slot, ...row: ReplacedRow): null => {
    this.#replaced[slot].push(row)
    return null
  }

  /** Each BEFORE trigger starts with this: what an ignored or upserted row noted must not be taken for the next one's. */
  forget = (slot: Slot): null => {
    this.#replaced[slot] = []
    this.#superseded = []
    return null
  }

  #told(thread: unknown, slot: Slot): string {
    const replaced = this.#replaced[slot]
    if (replaced.length === 0) return this.#context(thread)
    const supersedes = this.#superseded
    this.forget(slot)
    return this.#context(thread, { replaced, supersedes: supersedes.length > 0 ? supersedes : undefined })
  }

  #context(thread: unknown, more?: KnownContext, uid?: string): string {
    const now = Date.now()
    const durationUs = Math.max(0, Math.round((performance.now() - this.#startedAt) * 1000))
    try {
      const span = trace.getSpanContext(context.active())
      const traceparent = span ? `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}` : ''
      const tracestate = span?.traceState?.serialize()
      const known = this.#known(thread)
      const json = more || tracestate ? JSON.stringify({ ...known, tracestate, ...more }) : known ? jsonOf(known) : ''
      return formatChangeContext(uid ?? this.#uid(now), now, durationUs, traceparent, json)
    } catch (error) {
      warnOnce('context', `a change is told without its context, because asking for it failed: ${reason(error)}`)
      return formatChangeContext(uid ?? this.#uid(now), now, durationUs, '', more ? JSON.stringify(more) : '')
    }
  }

  #known(thread: unknown): GoalContext | undefined {
    const active = activeGoalContext()
    const resolved = this.#threads?.(String(thread))
    return resolved ? { ...resolved, ...active } : active
  }
}

const serialized = new WeakMap<GoalContext, string>()

function jsonOf(context: GoalContext): string {
  let json = serialized.get(context)
  if (json === undefined) {
    json = JSON.stringify(context)
    serialized.set(context, json)
  }
  return json
}
