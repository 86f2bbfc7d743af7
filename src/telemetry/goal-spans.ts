import * as api from '@opentelemetry/api'
import { bestEffort } from '../base/diagnose.ts'
import type { GoalEvent } from '../event/goal-event.ts'
import type { GoalAttributes } from '../event/log-record.ts'
import * as semconv from '../event/semconv.ts'
import { GoalCreators } from './goal-creators.ts'
import { type ChangeOrigin, ParentSpans } from './parent-spans.ts'

/** A tracer, or CommittedSpans, which makes spans of changes that are over in less time. */
export interface SpanSource {
  startSpan(name: string, options: CommittedSpanOptions, parent: api.Context): Pick<api.Span, 'spanContext' | 'end'>
}

/** What is asked of a span whose change is over when the span is made. */
export interface CommittedSpanOptions extends api.SpanOptions {
  readonly kind: api.SpanKind
  readonly startTime: api.HrTime
  readonly attributes: GoalAttributes
  /** Ids to use in place of new ones, for a span that others already refer to. */
  readonly ids?: { readonly traceId: string; readonly spanId: string } | undefined
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

/** The spans of a batch, until it is delivered. */
export type BatchSpans = { readonly uid: string; readonly made: api.SpanContext }[]

/** One span per change, made when the committed row is drained, with the times and the parent that the row kept. */
export class GoalSpans {
  readonly #parents = new ParentSpans()
  readonly #creators = new GoalCreators()
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
   * @returns whose ids the change's log records carry: the span's, without tracing the caller's, if there was one.
   */
  record(
    batch: BatchSpans,
    source: SpanSource | undefined,
    events: readonly GoalEvent[],
    attributes: GoalAttributes,
    origin: SpanOrigin,
    uid: string,
  ): api.SpanContext | undefined {
    const { span: caller, context: parent } = this.#parents.of(origin)
    const main = events.at(-1)
    if (source === undefined || main === undefined || origin.known.ownSpan) return caller
    const before = this.#known.size > 0 ? this.#known.get(uid) : undefined
    if (before) {
      batch.push({ uid, made: before })
      return before
    }
    const made = bestEffort('spans', () => this.#make(source, main, attributes, origin, parent))
    // A span that is not recorded has zeros for ids.
    if (made === undefined || made.spanId === api.INVALID_SPANID) return caller
    batch.push({ uid, made })
    this.#creators.follow(main, made)
    return made
  }

  #make(
    source: SpanSource,
    event: GoalEvent,
    attributes: GoalAttributes,
    { atMs, durationUs }: SpanOrigin,
    parent: api.Context,
  ): api.SpanContext {
    const creator = this.#creators.of(event)
    const span = source.startSpan(
      spanName(event),
      {
        kind: api.SpanKind.INTERNAL,
        startTime: hrTime(atMs - durationUs / 1000),
        attributes,
        ...(creator && { links: [{ context: creator }] }),
      },
      parent,
    )
    span.end(hrTime(atMs))
    return span.spanContext()
  }
}

/** Seconds and nanoseconds, the form that every version of the SDK takes as it is. */
export function hrTime(ms: number): api.HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
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
