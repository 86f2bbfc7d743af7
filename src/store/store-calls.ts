import { types } from 'node:util'
import * as api from '@opentelemetry/api'
import { clock } from '../base/clock.ts'
import { reason, warnOnce } from '../base/diagnose.ts'
import { VERSION } from '../base/version.ts'
import { checkGoalChange } from '../event/check-goal-change.ts'
import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import { type GoalEvent, goalEvents } from '../event/goal-event.ts'
import { goalAttributes } from '../event/log-record.ts'
import { ATTR_ERROR_TYPE } from '../event/semconv.ts'
import { failureOfChange, spanName, statusOf } from '../telemetry/goal-spans.ts'
import { knownContext } from '../telemetry/known-context.ts'
import { GoalCreators } from './goal-creators.ts'
import type { ChangeReader } from './goal-methods.ts'
import { tapResult } from './tap-result.ts'
import { warnOfUnknownKeys } from './unknown-keys.ts'

/** How a store's changes are recorded. */
export interface Recording {
  /**
   * @param startedAt When the call began, on the clock of performance.now().
   * @param span The call's own span, if there is one.
   */
  record(change: GoalChange, startedAt: number, span?: api.SpanContext): void
  readonly captureObjective: boolean
}

/** A call of a named method. */
interface StoreCall {
  readonly name: string
  readonly reader: ChangeReader
  readonly args: readonly unknown[]
  readonly method: () => unknown
  /** Once the call has its outcome. */
  readonly ended: () => void
}

interface LiveCall extends StoreCall {
  /** The goal before it; undefined where reading it has failed, so that nothing is recorded. */
  readonly before: { readonly goal: unknown } | undefined
  readonly startedAt: number
  readonly span: api.Span
  readonly caller: api.SpanContext | undefined
}

/** Runs the calls of a store's named methods. Nothing here changes what their caller gets. */
export class StoreCalls {
  readonly #recording: Recording
  readonly #creators = new GoalCreators()
  /** Methods that return no promise, though their `before` does. */
  readonly #synchronous = new Set<string>()

  constructor(recording: Recording) {
    this.#recording = recording
  }

  run(call: StoreCall): unknown {
    let before: unknown
    try {
      before = call.reader.before?.(...call.args)
    } catch (error) {
      return this.#live(call, this.#notRecorded(call, reason(error)))
    }
    if (!types.isPromise(before)) return this.#live(call, { goal: copied(before) })
    if (this.#synchronous.has(call.name)) {
      before.catch(() => {})
      return this.#live(call, undefined)
    }
    const live = (before: LiveCall['before']) => {
      const result = this.#live(call, before)
      if (typeof (result as PromiseLike<unknown> | null | undefined)?.then !== 'function') this.#isSynchronous(call)
      return result
    }
    return before.then(
      (goal) => live({ goal: copied(goal) }),
      (error) => live(this.#notRecorded(call, reason(error))),
    )
  }

  /** Only the first call shows this. From the next one on, the caller gets at once what the method returns. */
  #isSynchronous({ name }: StoreCall): void {
    this.#synchronous.add(name)
    const why = `\`before\` of ${name}() returns a promise, but ${name}() itself does not`
    warnOnce(
      `synchronous ${name}`,
      `instrumentGoalStore: ${why}: its changes are not recorded from now on; return the goal from \`before\``,
    )
  }

  #notRecorded({ name }: StoreCall, why: string): undefined {
    warnOnce(`store ${name}`, `instrumentGoalStore: changes made by ${name}() are not recorded: ${why}`)
  }

  #live(storeCall: StoreCall, before: LiveCall['before']): unknown {
    const around = api.context.active()
    const span = startedSpan(storeCall.name, around)
    const caller = api.trace.getSpanContext(around)
    const call: LiveCall = { ...storeCall, before, startedAt: clock.now(), span, caller }
    let result: unknown
    try {
      result = api.context.with(api.trace.setSpan(around, span), call.method)
    } catch (error) {
      this.#failed(call, error)
      throw error
    }
    return tapResult(result, {
      succeeded: (value) => this.#succeeded(call, value),
      failed: (error) => this.#failed(call, error),
      lost: (why) => {
        this.#notRecorded(call, why)
        this.#end(call)
      },
    })
  }

  #succeeded(call: LiveCall, result: unknown): void {
    const { reader, args, before, startedAt } = call
    try {
      const changes = before === undefined ? [] : reader.changes(before.goal, result, args)
      for (const change of changes) check(call, change)
      const event = changes.flatMap((change) => goalEvents(change)).at(-1)
      if (event) this.#describe(call, event)
      for (const change of changes) this.#recording.record(change, startedAt, ownSpan(call))
    } catch (error) {
      this.#notRecorded(call, reason(error))
    }
    this.#end(call)
  }

  #failed(call: LiveCall, error: unknown): void {
    quietly(() => {
      // No message: it may quote what people said to the agent.
      call.span.setStatus({ code: api.SpanStatusCode.ERROR })
      call.span.setAttribute(ATTR_ERROR_TYPE, errorType(error))
    })
    this.#end(call)
  }

  #end({ span, ended }: LiveCall): void {
    ended()
    quietly(() => span.end())
  }

  /** A call of several changes is named after the last one. */
  #describe(call: LiveCall, event: GoalEvent): void {
    const { span } = call
    const own = ownSpan(call)
    if (own === undefined) return
    const creator = this.#creators.of(event)
    if (creator) span.addLink({ context: creator })
    this.#creators.follow(event, own)
    const { objective, reason: _, ...goal } = event.goal
    const length = objective === undefined ? undefined : { objectiveLength: [...objective].length }
    const captured = this.#recording.captureObjective ? event.goal : goal
    span.updateName(spanName(event))
    const failure = failureOfChange({ ...event, goal: captured })
    if (failure) span.setStatus(statusOf(failure))
    const context = knownContext(api.context.active(), undefined) ?? {}
    span.setAttributes(goalAttributes({ ...event, goal: { ...captured, ...length } as GoalEvent['goal'] }, context))
  }
}

function check({ name }: StoreCall, change: GoalChange): void {
  const method = `methods.${name}`
  checkGoalChange(method, change)
  warnOfUnknownKeys(`instrumentGoalStore: ${method}`, change)
}

/** Under the method's name, until it is known what the call has changed. */
function startedSpan(name: string, around: api.Context): api.Span {
  const start = () => api.trace.getTracer('goaltrace', VERSION).startSpan(name, { kind: api.SpanKind.INTERNAL }, around)
  return quietly(start) ?? api.trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT)
}

/** An SDK may throw, by a sampler or a processor of the agent's. */
function quietly<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    warnOnce('tracer', `spans of a store's calls are incomplete, because the tracer throws: ${reason(error)}`)
    return undefined
  }
}

/** The span of a tracer that records; without one the API returns the caller's span, or none. */
function ownSpan({ span, caller }: LiveCall): api.SpanContext | undefined {
  const own = span.spanContext()
  return api.isSpanContextValid(own) && own.spanId !== caller?.spanId ? own : undefined
}

/** As it was, where the store goes on to change the object that it returned. */
function copied(goal: unknown): GoalSnapshot | null {
  return goal === null || typeof goal !== 'object' ? (goal as null) : { ...(goal as GoalSnapshot) }
}

function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  return String(code ?? name ?? '_OTHER')
}
