import * as api from '@opentelemetry/api'
import { bestEffort } from '../base/diagnose.ts'
import type { GoalEvent } from '../event/goal-event.ts'
import { type Failure, failureOf, type GoalTraceSpan } from '../event/goal-trace-spans.ts'
import type { GoalAttributes } from '../event/log-record.ts'
import * as semconv from '../event/semconv.ts'
import { type ChangeOrigin, ParentSpans } from './parent-spans.ts'

/** A tracer, or CommittedSpans, which makes spans of changes that are over in less time. */
export interface SpanSource {
  startSpan(name: string, options: CommittedSpanOptions, parent: api.Context): Pick<api.Span, 'spanContext' | 'end'>
  /** Whether a goal's trace of this id is sampled, as W3C's flags say. Undefined where spans cannot be given ids, so that goals have no traces. */
  flagsOf?(traceId: string): number
}

/** What is asked of a span whose change is over when the span is made. */
export interface CommittedSpanOptions extends api.SpanOptions {
  readonly kind: api.SpanKind
  readonly startTime: api.HrTime
  readonly attributes: GoalAttributes
  /** Ids to use in place of new ones, for a span that others already refer to. */
  readonly ids?: { readonly traceId: string; readonly spanId: string } | undefined
  /** Default: unset. */
  readonly status?: api.SpanStatus
}

/** What is known of a change's making. */
export interface SpanOrigin extends ChangeOrigin {
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** From the start of the statement to the change, in microseconds. */
  readonly durationUs: number
  /** `ownSpan`: the trace's ids are not the caller's but the change's own, which needs no second span. */
  readonly known: ChangeOrigin['known'] & { readonly ownSpan?: boolean | undefined }
}

/** The spans of a change. */
export interface ChangeSpans {
  /** Whose ids its log records carry: its own, else the caller's, else that of the goal. */
  readonly ofRecords: api.SpanContext | undefined
  /** Its own; undefined where the change shows in the goal's trace only, or no span is made. */
  readonly own: api.SpanContext | undefined
  /** The agent's, in which it was made. */
  readonly caller: api.SpanContext | undefined
  /** Its own, still to be made, where that is a part of the goal's trace: sent, and kept until it is taken, as the others. */
  readonly part?: GoalTraceSpan
}

/** The spans of a batch, until it is delivered. */
export type BatchSpans = { readonly uid: string; readonly made: api.SpanContext }[]

/** One span per change, made when the committed row is drained, with the times and the parent that the row kept. */
export class GoalSpans {
  readonly #parents = new ParentSpans()
  readonly #unconfirmed = new Set<BatchSpans>()
  /** Spans by the change's uid. Filled only after a failure: doing so for every change would be a tenth of building a batch. */
  #known = new Map<string, api.SpanContext>()

  /** A batch that has to be built again, since it was not delivered, has its spans already. */
  start(): void {
    this.#known = new Map([...this.#unconfirmed].flat().map(({ uid, made }) => [uid, made]))
    this.#unconfirmed.clear()
  }

  batch(): BatchSpans {
    const spans: BatchSpans = []
    this.#unconfirmed.add(spans)
    return spans
  }

  /** Their log records are delivered. */
  confirm(spans: BatchSpans): void {
    this.#unconfirmed.delete(spans)
  }

  /**
   * @param uid Of the change's first event, by which a batch that is built again finds its spans.
   * @param goal The root span of the goal's trace; null where that is over, undefined where goals have no traces.
   */
  record(
    batch: BatchSpans,
    source: SpanSource | undefined,
    events: readonly GoalEvent[],
    attributes: GoalAttributes,
    origin: SpanOrigin,
    uid: string,
    goal?: api.SpanContext | null,
  ): ChangeSpans {
    const { span: caller, context } = this.#parents.of(origin)
    const main = events.at(-1)
    if (origin.known.ownSpan) return { ofRecords: caller, own: caller, caller: undefined }
    if (source === undefined || main === undefined) return { ofRecords: caller, own: undefined, caller }
    // Long before its own span is sent, a goal is seen from its creation on, and seen to have failed.
    const failure = failureOfChange(main)
    if (goal !== undefined && caller === undefined && main.kind !== 'created' && !failure) {
      return { ofRecords: goal ?? undefined, own: undefined, caller }
    }
    if (goal && caller === undefined) {
      const part = { ...partSpan(main, goal, origin, uid), failure, attributes: { ...attributes } }
      const own = { traceId: part.traceId, spanId: part.spanId, traceFlags: goal.traceFlags }
      return { ofRecords: own, own, caller, part }
    }
    const before = this.#known.size > 0 ? this.#known.get(uid) : undefined
    const made = before ?? bestEffort('spans', () => this.#make(source, main, attributes, origin, context, uid, goal))
    // A span that is not recorded has zeros for ids.
    if (made === undefined || made.spanId === api.INVALID_SPANID) return { ofRecords: caller, own: undefined, caller }
    batch.push({ uid, made })
    return { ofRecords: made, own: made, caller }
  }

  #make(
    source: SpanSource,
    event: GoalEvent,
    attributes: GoalAttributes,
    origin: SpanOrigin,
    parent: api.Context,
    uid: string,
    goal: api.SpanContext | null | undefined,
  ): api.SpanContext {
    const around = api.trace.getSpanContext(parent)
    const linked = goal && around?.traceId !== goal.traceId ? goal : undefined
    const startMs = origin.atMs - origin.durationUs / 1000
    const failure = failureOfChange(event)
    const span = source.startSpan(
      spanName(event),
      {
        kind: api.SpanKind.INTERNAL,
        startTime: hrTime(startMs),
        attributes,
        ...(linked && { links: [{ context: linked }] }),
        ids: changeIds(uid, around),
        ...(failure && { status: statusOf(failure) }),
      },
      parent,
    )
    span.end(endTime(origin.atMs))
    return span.spanContext()
  }
}

/** Below its goal. A creation begins with that; of any other change only the moment is sure to be within the goal. */
function partSpan(
  event: GoalEvent,
  { traceId, spanId: parentId }: api.SpanContext,
  origin: SpanOrigin,
  uid: string,
): Omit<GoalTraceSpan, 'failure' | 'attributes'> {
  const { spanId } = changeIds(uid, undefined)
  const { atMs: endMs } = origin
  const startMs = event.kind === 'created' ? beginOf(origin) : endMs
  return { name: spanName(event), traceId, spanId, parentId, startMs, endMs, links: [] }
}

/** Defined where the goal is failed by this change. */
export function failureOfChange({ kind, goal }: GoalEvent): Failure | undefined {
  return kind === 'created' || kind === 'status_changed' ? failureOf(goal.status, goal.reason) : undefined
}

export function statusOf({ reason }: Failure): api.SpanStatus {
  const code = api.SpanStatusCode.ERROR
  return reason === undefined ? { code } : { code, message: reason }
}

/** Made of the change's uid, a UUID of version 7, so that the span is the same whenever and by whomever it is made. */
function changeIds(uid: string, around: api.SpanContext | undefined): { traceId: string; spanId: string } {
  // The time's lower digits, the count within its millisecond, and some of the source's random ones.
  const spanId = uid.slice(4, 8) + uid.slice(9, 13) + uid.slice(15, 18) + uid.slice(20, 23) + uid.slice(24, 26)
  return { traceId: around?.traceId ?? uid.replaceAll('-', ''), spanId }
}

/**
 * When a goal begins, in milliseconds since 1970: with the statement that creates it. A change's time is of a whole
 * millisecond, so the difference is rounded up: else it would begin before the statement.
 */
export function beginOf({ atMs, durationUs }: Pick<SpanOrigin, 'atMs' | 'durationUs'>): number {
  return Math.ceil(atMs - durationUs / 1000)
}

/** Seconds and nanoseconds, the form that every version of the SDK takes as it is. */
export function hrTime(ms: number): api.HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}

/**
 * Of a span whose last moment this is: a nanosecond later, as a span without a length is one of negative duration to Jaeger, which warns of it
 * and shows it twice where it comes again. All spans have it, so that a part ends within the whole.
 */
export function endTime(ms: number): api.HrTime {
  const [seconds, nanoseconds] = hrTime(ms)
  return [seconds, nanoseconds + 1]
}

export function spanName({ kind }: GoalEvent): string {
  switch (kind) {
    case 'created':
      return semconv.SPAN_CREATE_GOAL
    case 'usage_accounted':
      return semconv.SPAN_ACCOUNT_GOAL_USAGE
    case 'status_changed':
      return semconv.SPAN_SET_GOAL_STATUS
    case 'cleared':
      return semconv.SPAN_CLEAR_GOAL
  }
}
