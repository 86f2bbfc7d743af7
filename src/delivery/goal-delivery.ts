import { bestEffort, reason, warnOnce } from '../base/diagnose.ts'
import type { GoalContext } from '../event/goal-context.ts'
import type { GoalEvent } from '../event/goal-event.ts'
import { goalAttributes, recordAttributes } from '../event/log-record.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { ATTR_LOG_RECORD_UID } from '../event/semconv.ts'
import { GOAL_STATUSES, isGoalStatus } from '../goal/goal.ts'
import { OutboxBusyError } from '../outbox/agent-connections.ts'
import type { DeadLetter } from '../outbox/checkpoint-store.ts'
import {
  type DecodedChange,
  decode,
  LOST_SENDER,
  parseSender,
  type UnreadableRow,
  uidsOf,
} from '../outbox/decode-row.ts'
import type { OutboxView } from '../outbox/outbox.ts'
import type { HealthView } from '../outbox/outbox-health.ts'
import { type Sender, serviceOf, statusOf } from '../outbox/outbox-row.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'
import { attributeLimit } from '../telemetry/attribute-limits.ts'
import { type GoalLogRecord, INFO, logResource, SCOPE } from '../telemetry/goal-logs.ts'
import { GoalMetrics } from '../telemetry/goal-metrics.ts'
import { GoalSpans, hrTime, type SpanSource } from '../telemetry/goal-spans.ts'
import type { Providers } from '../telemetry/providers.ts'
import { type LogSender, logSenderOf } from './log-sender.ts'
import { tellHealth } from './outbox-metrics.ts'
import type { Batch, Delivery } from './relay.ts'

type KnownSender = Sender & {
  readonly log: ReturnType<typeof logResource>
  readonly service: string
  readonly spans: SpanSource | undefined
}

/** Of one request: what a batch of the default size has at most. One that a transaction has stretched has more. */
const MOST_RECORDS = 1024

type Counts = ReadonlyMap<string, number>

const UNKNOWN: Counts = new Map()

/** From the rows of an outbox to spans, log records and metrics. */
export class GoalDelivery implements Delivery {
  readonly #providers: Providers
  /** Undefined where nobody wants log records. */
  readonly #logs: LogSender | undefined
  readonly #spans = new GoalSpans()
  readonly #limit = attributeLimit(process.env, 'LOGRECORD')
  readonly #senders = new Map<string | undefined, KnownSender>()
  /** By the number that the outbox gives them, for the length of a drain: one made anew may give it to another. */
  readonly #numbered = new Map<number, KnownSender>()
  readonly #health: HealthView | undefined
  #metrics: GoalMetrics | undefined
  /** Of the first sender. */
  #resource: ResourceAttributes | undefined
  /** How many goals there are; costs a walk through the table, so it is asked at most that often, in milliseconds. */
  #counted: { readonly at: number; readonly tookMs: number; readonly counts: Counts } | undefined
  #outbox: OutboxView | undefined

  /** @param health Of the outbox that is delivered, where that is to be told too. */
  constructor(providers: Providers, health?: HealthView) {
    this.#providers = providers
    this.#health = health
    this.#logs = providers.logExporter && logSenderOf(providers.logExporter, providers.to)
  }

  start(): void {
    this.#spans.start()
    this.#numbered.clear()
  }

  prepare(rows: readonly OutboxRow[], outbox: OutboxView): Batch {
    this.#outbox = outbox
    const observedAt = hrTime(Date.now())
    const { changes, unreadable } = decode(rows, (id) => this.#sender(id, outbox))
    const records: GoalLogRecord[] = []
    const transitions: GoalEvent[] = []
    const spans = this.#spans.batch()
    for (const decoded of changes) {
      const { context, sender, events } = decoded
      warnOfUnknownStatus(decoded)
      const known = events.map((event) => goalAttributes(event, context.known as GoalContext))
      const spanContext = this.#spans.record(spans, sender.spans, events, known.at(-1) ?? {}, context, decoded.index)
      const uids = uidsOf(decoded)
      for (const [n, event] of events.entries()) {
        transitions.push(event)
        const attributes = recordAttributes(event, known[n] ?? {}, sender.service)
        attributes[ATTR_LOG_RECORD_UID] = uids[n] ?? ''
        const limited = this.#limit(attributes)
        records.push({
          hrTime: hrTime(context.atMs),
          hrTimeObserved: observedAt,
          spanContext,
          severityNumber: INFO,
          eventName: `agent_goal.${event.kind}`,
          attributes: limited.attributes,
          resource: sender.log,
          instrumentationScope: SCOPE,
          droppedAttributesCount: limited.droppedAttributesCount,
        })
      }
    }
    return {
      send: async (setAside) => {
        try {
          for (let start = 0; start < records.length; start += MOST_RECORDS) {
            await this.#logs?.send(records.slice(start, start + MOST_RECORDS), setAside)
          }
        } catch (error) {
          // They count it.
          this.#metrics ??= bestEffort('metrics', () => this.#measure())
          throw error
        }
        for (const row of unreadable) setAside(unreadableLetter(row))
      },
      arrived: () => {
        this.#providers.exportSpans()
        this.#spans.confirm(spans)
        // Metrics are told of what has arrived, so that a batch which has to be sent again counts once.
        this.#metrics ??= bestEffort('metrics', () => this.#measure())
        bestEffort('metrics', () => {
          for (const event of transitions) this.#metrics?.record(event)
          this.#metrics?.add()
        })
      },
    }
  }

  rest(): void {
    this.#providers.measured()
  }

  flush(): Promise<void> {
    return this.#providers.flush()
  }

  #sender(id: number, outbox: OutboxView): KnownSender {
    const known = this.#numbered.get(id)
    if (known) return known
    const text = outbox.senderText(id)
    const sender = this.#senders.get(text) ?? this.#meet(parseSender(text))
    this.#senders.set(text, sender)
    this.#numbered.set(id, sender)
    return sender
  }

  #meet(sender: Sender): KnownSender {
    const { resource } = sender
    if (sender === LOST_SENDER) {
      warnOnce('sender', 'a row whose sender is lost is delivered without its resource and its mapping')
    }
    this.#resource ??= resource
    const spans = bestEffort('spans', () => this.#providers.spans(resource))
    return { ...sender, log: logResource(resource), service: serviceOf(sender), spans }
  }

  #measure(): GoalMetrics | undefined {
    if (this.#resource === undefined) return undefined
    const file = this.#health?.file
    const meters = this.#providers.meters(this.#resource, file)
    if (meters === undefined) return undefined
    if (this.#health) tellHealth(meters, this.#health)
    return new GoalMetrics(meters, file, () => this.#counts())
  }

  #counts(): Counts {
    const now = Date.now()
    const last = this.#counted
    // A large table may take long to count: never more than a hundredth of the time.
    if (last && now - last.at < Math.max(1000, last.tookMs * 100)) return last.counts
    const counts = this.#count()
    this.#counted = { at: now, tookMs: Date.now() - now, counts }
    return counts
  }

  /** Nothing where one table cannot be read just now: 0 would be said to be so, and silence leaves the last value. */
  #count(): Counts {
    // A status that no goal has is told as 0: one that is silent would keep its last value for minutes.
    const counts = new Map<string, number>(GOAL_STATUSES.map((status) => [status, 0]))
    const tables = new Map([...this.#senders.values()].map(({ table }) => [table.table, table]))
    try {
      for (const table of tables.values()) {
        const read = this.#outbox?.countByStatus(table.table, table.columns.status)
        if (read === undefined) return UNKNOWN
        for (const { status, count } of read) {
          const meant = statusOf(status, table)
          if (isGoalStatus(meant)) counts.set(meant, (counts.get(meant) ?? 0) + count)
        }
      }
      return counts
    } catch (error) {
      if (!(error instanceof OutboxBusyError)) warnOnce('count', `goals cannot be counted by status: ${reason(error)}`)
      return UNKNOWN
    }
  }
}

/** Nothing can be sent of it, and nobody else would say so once it is gone. */
function unreadableLetter({ seq, why }: UnreadableRow): DeadLetter {
  warnOnce('row', `row ${seq} of the outbox cannot be read (${why}) and is set aside: goaltrace outbox FILE shows it`)
  return { uid: `row ${seq}`, reason: `cannot be read: ${why}`, record: null }
}

function warnOfUnknownStatus({ events, change: { after }, row, sender }: DecodedChange): void {
  if (events.length > 0 || after === null || after.status !== undefined) return
  const { table } = sender.table
  warnOnce(
    `status ${table} ${row.status}`,
    `no mapping knows the status "${row.status}" of ${table}: its changes are not told; add it to the table's statuses`,
  )
}
