import * as api from '@opentelemetry/api'
import { bestEffort } from '../base/diagnose.ts'
import { eventUid } from '../base/uid.ts'
import { Callers } from '../delivery/callers.ts'
import type { GoalEvent } from '../event/goal-event.ts'
import type { GoalAttributes } from '../event/log-record.ts'
import * as semconv from '../event/semconv.ts'
import type { ChangeContext } from '../outbox/change-context.ts'
import { GoalCreators } from './goal-creators.ts'

/** A tracer, or what makes spans of changes that are over faster than one. */
export interface SpanSource {
  startSpan(name: string, options: CommittedSpanOptions, parent: api.Context): Pick<api.Span, 'spanContext' | 'end'>
}

/** What is asked of a span whose change is over when it is told. */
export interface CommittedSpanOptions extends api.SpanOptions {
  readonly kind: api.SpanKind
  readonly startTime: api.HrTime
  readonly attributes: GoalAttributes
}

/** The spans of a batch, until it has arrived. */
export type BatchSpans = { readonly uid: string; readonly made: api.SpanContext }[]

/** One span a change, made when the committed row is drained, with the times and the parent that the row kept. */
export class GoalSpans {
  readonly #callers = new Callers()
  readonly #creators = new GoalCreators()
  readonly #unconfirmed = new Set<BatchSpans>()
  /** By the change's uid. Empty but after a failure: filling it for every change would be a tenth of building a batch. */
  #known = new Map<string, api.SpanContext>()

  /** A batch that has to be built again, since it did not arrive, has its spans already. */
  start(): void {
    this.#known = new Map([...this.#unconfirmed].flat().map(({ uid, made }) => [uid, made]))
    this.#unconfirmed.clear()
  }

  batch(): BatchSpans {
    const spans: BatchSpans = []
    this.#unconfirmed.add(spans)
    return spans
  }

  /** Their log records have arrived. */
  confirm(spans: BatchSpans): void {
    this.#unconfirmed.delete(spans)
  }

  /** @returns whose ids the change's log records carry: the span's, without tracing the caller's, if there was one. */
  record(
    batch: BatchSpans,
    source: SpanSource | undefined,
    events: readonly GoalEvent[],
    attributes: GoalAttributes,
    change: ChangeContext,
    index: number,
  ): api.SpanContext | undefined {
    const { span: caller, context: parent } = this.#callers.of(change)
    const main = events.at(-1)
    if (source === undefined || main === undefined || change.known.ownSpan) return caller
    const uid = eventUid(change.uid, index)
    const before = this.#known.size > 0 ? this.#known.get(uid) : undefined
    if (before) {
      batch.push({ uid, made: before })
      return before
    }
    const made = bestEffort('spans', () => this.#make(source, main, attributes, change, parent))
    // One that nobody records has ids that are zeros.
    if (made === undefined || made.spanId === api.INVALID_SPANID) return caller
    batch.push({ uid, made })
    this.#creators.follow(main, made)
    return made
  }

  #make(
    source: SpanSource,
    event: GoalEvent,
    attributes: GoalAttributes,
    { atMs, durationUs }: ChangeContext,
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
