import * as api from '@opentelemetry/api'
import { capturesContent } from '../api/observe-goals.ts'
import { type RecordOptions, writeGoalChange } from '../api/record-goal-change.ts'
import { reason, warnOnce } from '../base/diagnose.ts'
import { VERSION } from '../base/version.ts'
import { checkGoalChange, tellOfUnknown } from '../event/check-goal-change.ts'
import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import { type GoalEvent, goalEvents } from '../event/goal-event.ts'
import { goalAttributes } from '../event/log-record.ts'
import { ATTR_ERROR_TYPE } from '../event/semconv.ts'
import { GoalCreators } from '../telemetry/goal-creators.ts'
import { spanName } from '../telemetry/goal-spans.ts'
import { knownContext } from '../telemetry/known-context.ts'
import { awaited } from './awaited.ts'
import type { MethodTelling } from './goal-method.ts'

/** One call of a named method. */
interface Call {
  readonly name: string
  readonly telling: MethodTelling
  readonly args: readonly unknown[]
  /** The goal before it; undefined where asking for it has failed, and nothing can be told. */
  readonly before: { readonly goal: unknown } | undefined
  readonly startedAt: number
  readonly span: api.Span
  readonly caller: api.SpanContext | undefined
}

/** What is done round the calls of a store's methods. Nothing of it changes what the caller gets. */
export class StoreCalls {
  readonly #options: RecordOptions
  readonly #capture: boolean
  readonly #creators = new GoalCreators()

  readonly #given: (value: unknown) => unknown

  /** @param given What a caller gets where a method has come to that. */
  constructor(options: RecordOptions, given: (value: unknown) => unknown) {
    this.#options = options
    this.#given = given
    this.#capture = options.captureObjective ?? capturesContent()
  }

  run(name: string, telling: MethodTelling, args: readonly unknown[], method: () => unknown): unknown {
    let before: unknown
    try {
      before = telling.before?.(...args)
    } catch (error) {
      return this.#live(name, telling, args, this.#unknown(name, error), method)
    }
    if (!(before instanceof Promise)) return this.#live(name, telling, args, { goal: copied(before) }, method)
    return before.then(
      (goal) => this.#live(name, telling, args, { goal: copied(goal) }, method),
      (error) => this.#live(name, telling, args, this.#unknown(name, error), method),
    )
  }

  #unknown(name: string, error: unknown): undefined {
    warnOnce(
      `store ${name}`,
      `what ${name}() changes is not told, because asking what it tells failed: ${reason(error)}`,
    )
  }

  #live(
    name: string,
    telling: MethodTelling,
    args: readonly unknown[],
    before: Call['before'],
    method: () => unknown,
  ): unknown {
    const around = api.context.active()
    const span = startedSpan(name, around)
    const caller = api.trace.getSpanContext(around)
    const call: Call = { name, telling, args, before, startedAt: performance.now(), span, caller }
    let result: unknown
    try {
      result = api.context.with(api.trace.setSpan(around, span), method)
    } catch (error) {
      this.#failed(call, error)
      throw error
    }
    const succeeded = (value: unknown) => {
      this.#succeeded(call, value)
      return this.#given(value)
    }
    const failed = (error: unknown) => {
      this.#failed(call, error)
      throw error
    }
    return awaited(result, { succeeded, failed })
  }

  #succeeded(call: Call, result: unknown): void {
    const { name, telling, args, before, span } = call
    try {
      const changes = before === undefined ? [] : telling.changes(before.goal, result, args)
      for (const change of changes) this.#check(name, change)
      const event = changes.flatMap((change) => goalEvents(change)).at(-1)
      if (event) this.#describe(call, event)
      for (const change of changes) writeGoalChange(change, this.#options, call.startedAt, ownSpan(call))
    } catch (error) {
      this.#unknown(name, error)
    }
    quietly(() => span.end())
  }

  #check(name: string, change: GoalChange): void {
    const operation = `methods.${name}: `
    checkGoalChange(operation, change)
    tellOfUnknown(operation, change)
  }

  #failed({ span }: Call, error: unknown): void {
    quietly(() => {
      // No message: it may quote what people said to the agent.
      span.setStatus({ code: api.SpanStatusCode.ERROR })
      span.setAttribute(ATTR_ERROR_TYPE, errorType(error))
      span.end()
    })
  }

  /** A call of several changes is named after the last one. */
  #describe(call: Call, event: GoalEvent): void {
    const { span } = call
    const own = ownSpan(call)
    if (own === undefined) return
    const creator = this.#creators.of(event)
    if (creator) span.addLink({ context: creator })
    this.#creators.follow(event, own)
    const { objective, ...goal } = event.goal
    const length = objective === undefined ? undefined : { objectiveLength: [...objective].length }
    const told = this.#capture ? { ...event.goal, ...length } : { ...goal, ...length }
    span.updateName(spanName(event))
    const context = knownContext(api.context.active(), undefined) ?? {}
    span.setAttributes(goalAttributes({ ...event, goal: told }, context))
  }
}

/** Under the method's name, until it is known what the call has changed. */
function startedSpan(name: string, around: api.Context): api.Span {
  const start = () => api.trace.getTracer('goaltrace', VERSION).startSpan(name, { kind: api.SpanKind.INTERNAL }, around)
  return quietly(start) ?? api.trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT)
}

/** An SDK that throws, by a sampler or a processor of the agent's for one. */
function quietly<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    warnOnce('tracer', `spans of a store's calls are incomplete, because the tracer throws: ${reason(error)}`)
    return undefined
  }
}

/** Of a tracer that records; without one the API hands out the caller's span, or none. */
function ownSpan({ span, caller }: Call): api.SpanContext | undefined {
  const own = span.spanContext()
  return api.isSpanContextValid(own) && own.spanId !== caller?.spanId ? own : undefined
}

/** As it was, where the store goes on to change the object that it gave. */
function copied(goal: unknown): GoalSnapshot | null {
  return goal === null || typeof goal !== 'object' ? (goal as null) : { ...(goal as GoalSnapshot) }
}

function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  return String(code ?? name ?? '_OTHER')
}
