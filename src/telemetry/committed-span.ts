import {
  type Attributes,
  type Context,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { hrTimeDuration } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import { RandomIdGenerator, type ReadableSpan, type Sampler, SamplingDecision } from '@opentelemetry/sdk-trace-base'
import { numberOf } from '../base/environment.ts'
import { VERSION } from '../base/version.ts'
import type { GoalAttributes } from '../event/log-record.ts'
import { attributeLimit, type Limit, unlimited } from './attribute-limits.ts'
import type { CommittedSpanOptions, SpanSource } from './goal-spans.ts'
import { goalTraceFlags } from './goal-trace.ts'

const SCOPE = { name: 'goaltrace', version: VERSION }
const UNSET = { code: SpanStatusCode.UNSET }
const ids = new RandomIdGenerator()
const REMEMBERED_TRACES = 1024

/**
 * Spans of changes that are already over. Nothing can happen to them between start and end, so they are made as plain data,
 * in a sixth of the time that a tracer needs. Sampled and exported exactly as a tracer's are.
 */
export class CommittedSpans implements SpanSource {
  readonly #resource: Resource
  readonly #sampler: Sampler
  readonly #add: (span: ReadableSpan) => void
  readonly #limits: SpanLimits | undefined
  /** By trace id: it is asked for each change of a goal. */
  readonly #flags = new Map<string, TraceFlags>()

  constructor(resource: Resource, sampler: Sampler, add: (span: ReadableSpan) => void, limits?: SpanLimits) {
    this.#limits = limits
    this.#resource = resource
    this.#sampler = sampler
    this.#add = add
  }

  flagsOf(traceId: string): number {
    const known = this.#flags.get(traceId)
    if (known !== undefined) return known
    const flags = goalTraceFlags(this.#sampler, traceId)
    if (this.#flags.size >= REMEMBERED_TRACES) this.#flags.clear()
    this.#flags.set(traceId, flags)
    return flags
  }

  startSpan(name: string, options: CommittedSpanOptions, parent: Context): CommittedSpan {
    const { kind, attributes, links = [], ids: given } = options
    const caller = trace.getSpanContext(parent)
    const traceId = given?.traceId ?? caller?.traceId ?? ids.generateTraceId()
    const { decision, traceState } = this.#sampler.shouldSample(parent, traceId, name, kind, attributes, links)
    const sampled = decision === SamplingDecision.RECORD_AND_SAMPLED
    const spanContext: SpanContext = {
      traceId,
      spanId: given?.spanId ?? ids.generateSpanId(),
      traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    }
    const state = traceState ?? caller?.traceState
    if (state) spanContext.traceState = state
    const span = new CommittedSpan(
      name,
      options,
      links,
      caller,
      spanContext,
      this.#resource,
      sampled ? this.#add : undefined,
    )
    if (this.#limits) span.limit(this.#limits)
    return span
  }
}

export interface SpanLimits {
  readonly attribute: Limit
  readonly links: number
}

/**
 * See https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits; these spans have no events, their links no attributes.
 * @returns undefined where nothing sets a limit: those by default are never reached.
 */
export function spanLimits(env: NodeJS.ProcessEnv): SpanLimits | undefined {
  const attribute = attributeLimit(env, 'SPAN')
  const links = numberOf(env, 'OTEL_SPAN_LINK_COUNT_LIMIT')
  if (attribute === unlimited && links === undefined) return undefined
  return { attribute, links: links ?? Number.POSITIVE_INFINITY }
}

class CommittedSpan implements ReadableSpan {
  readonly name: string
  readonly kind: SpanKind
  readonly startTime: HrTime
  endTime: HrTime
  duration: HrTime = [0, 0]
  readonly ended = true
  attributes: Attributes
  links: Link[]
  readonly parentSpanContext?: SpanContext
  readonly resource: Resource
  readonly instrumentationScope = SCOPE
  readonly status: SpanStatus
  readonly events = []
  droppedAttributesCount = 0
  readonly droppedEventsCount = 0
  droppedLinksCount = 0
  readonly #spanContext: SpanContext
  readonly #add: ((span: ReadableSpan) => void) | undefined

  constructor(
    name: string,
    { kind, startTime, attributes, status = UNSET }: CommittedSpanOptions,
    links: Link[],
    parent: SpanContext | undefined,
    spanContext: SpanContext,
    resource: Resource,
    add: ((span: ReadableSpan) => void) | undefined,
  ) {
    this.name = name
    this.kind = kind
    this.startTime = startTime
    this.endTime = startTime
    this.attributes = attributes
    this.status = status
    this.links = links
    if (parent) this.parentSpanContext = parent
    this.resource = resource
    this.#spanContext = spanContext
    this.#add = add
  }

  limit({ attribute, links }: SpanLimits): void {
    const limited = attribute(this.attributes as GoalAttributes)
    this.attributes = limited.attributes
    this.droppedAttributesCount = limited.droppedAttributesCount
    this.droppedLinksCount = Math.max(0, this.links.length - links)
    this.links = this.links.slice(0, links)
  }

  spanContext(): SpanContext {
    return this.#spanContext
  }

  end(time: HrTime): void {
    this.endTime = time
    this.duration = hrTimeDuration(this.startTime, time)
    this.#add?.(this)
  }
}
