import type { ChangeSource, GoalContext } from '../event/goal-context.ts'
import { eventNameOf, type GoalEvent } from '../event/goal-event.ts'
import { goalAttributes, recordAttributes } from '../event/log-record.ts'
import { ATTR_LOG_RECORD_UID } from '../event/semconv.ts'
import { attributeLimit } from './attribute-limits.ts'
import { type GoalLogRecord, INFO, type LogResource, SCOPE } from './goal-logs.ts'
import { type BatchSpans, GoalSpans, hrTime, type SpanOrigin, type SpanSource } from './goal-spans.ts'

/** A change of a goal as it was committed, and what is known of its making. */
export interface CommittedChange {
  readonly context: SpanOrigin & { readonly known: GoalContext & { readonly source?: ChangeSource | undefined } }
  readonly events: readonly GoalEvent[]
  /** The events' own, by which a backend recognizes copies of a record. */
  readonly uids: readonly string[]
  readonly sender: {
    readonly log: LogResource
    readonly service: string
    readonly spans: SpanSource | undefined
  }
}

/** What a batch of changes is to OpenTelemetry. */
export interface Signals {
  readonly records: GoalLogRecord[]
  readonly spans: BatchSpans
  /** For metrics, which count what is delivered. */
  readonly events: GoalEvent[]
}

/** From committed changes to log records and spans. */
export class GoalSignals {
  readonly #spans = new GoalSpans()
  readonly #limit = attributeLimit(process.env, 'LOGRECORD')

  /** Changes that were not delivered are about to come again. */
  start(): void {
    this.#spans.start()
  }

  of(changes: readonly CommittedChange[]): Signals {
    const observedAt = hrTime(Date.now())
    const records: GoalLogRecord[] = []
    const all: GoalEvent[] = []
    const spans = this.#spans.batch()
    for (const { context, sender, events, uids } of changes) {
      const known = events.map((event) => goalAttributes(event, context.known))
      const spanContext = this.#spans.record(spans, sender.spans, events, known.at(-1) ?? {}, context, uids[0] ?? '')
      for (const [n, event] of events.entries()) {
        all.push(event)
        const attributes = recordAttributes(event, known[n] ?? {}, sender.service, context.known.source)
        attributes[ATTR_LOG_RECORD_UID] = uids[n] ?? ''
        const limited = this.#limit(attributes)
        records.push({
          hrTime: hrTime(context.atMs),
          hrTimeObserved: observedAt,
          spanContext,
          severityNumber: INFO,
          eventName: eventNameOf(event.kind),
          attributes: limited.attributes,
          resource: sender.log,
          instrumentationScope: SCOPE,
          droppedAttributesCount: limited.droppedAttributesCount,
        })
      }
    }
    return { records, spans, events: all }
  }

  /** Their log records are delivered. */
  confirm({ spans }: Signals): void {
    this.#spans.confirm(spans)
  }
}
