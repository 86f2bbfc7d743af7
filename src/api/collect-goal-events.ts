import { trace } from '@opentelemetry/api'
import { VERSION } from '../base/version.ts'
import { GoalDelivery } from '../delivery/goal-delivery.ts'
import { outboxOf } from '../delivery/relays.ts'
import type { GoalEventKind } from '../event/goal-event.ts'
import type { GoalAttributes } from '../event/log-record.ts'
import { Outbox } from '../outbox/outbox.ts'
import type { RelayHandle } from '../outbox/relay-handle.ts'
import type { Connection } from '../sqlite/connection.ts'
import { connectionOf, type ObservableDatabase } from '../sqlite/drivers.ts'
import type { GoalLogRecord } from '../telemetry/goal-logs.ts'
import { spansOf } from '../telemetry/own-tracer.ts'
import { checkDatabase, startObservation } from './observe-goals.ts'
import { checkedOptions, OBSERVE_OPTIONS, type ObserveOptions, withConfiguration } from './observe-options.ts'

export interface CollectedGoalEvent {
  readonly kind: GoalEventKind
  readonly at: Date
  /** As its log record and its span have them: see docs/attributes.md, and `goaltrace/semconv` for the names. */
  readonly attributes: GoalAttributes
}

export interface GoalEventCollection {
  /** The log records that `events` has returned, as an exporter would get them. */
  readonly records: readonly GoalLogRecord[]
  /**
   * All events of what has been committed since the collection began, until it is closed, in order.
   * @throws {Error} where the database is in memory and in a transaction, or closed.
   */
  events(): Promise<readonly CollectedGoalEvent[]>
  /** Stops observing; `events` still returns what happened before. */
  close(): void
}

const { tables, resource, resolveThread, captureObjective } = OBSERVE_OPTIONS
const OPTIONS = { tables, resource, resolveThread, captureObjective }

/** Rows that were pending before stay: nothing is deleted from an outbox here. */
const KEEP_ALL: RelayHandle = {
  name: '',
  finds: (outbox) => outbox.ends()?.last ?? 0,
  trimBelow: () => null,
  wake() {},
  compaction: undefined,
  leave() {},
}

/**
 * For tests of an agent: collects in memory the events of goals that change from now on in this file, or database in memory,
 * through this connection or any other that is observed. Capture is the same as with `observeGoals`, but nothing is sent,
 * whatever the environment says, nothing is written outside the database, and nothing runs in the background. Spans go to
 * the tracer provider that the test has registered, if any.
 * @throws {TypeError} where `database` is not a connection of a known driver or is closed, or where an option or goaltrace.config.json is
 * not valid; {RangeError} where a number is out of its range.
 */
export function collectGoalEvents(
  database: ObservableDatabase,
  options: Omit<ObserveOptions, 'exporter' | 'durability' | 'maxOutboxRows' | 'outboxLimit'> = {},
): GoalEventCollection {
  checkDatabase('collectGoalEvents', database)
  const known = withConfiguration(checkedOptions('collectGoalEvents', options, OPTIONS))
  const connection = connectionOf(database)
  const outbox = outboxOf(connection)
  let seq = outbox.ends()?.last ?? 0
  let end = Number.POSITIVE_INFINITY
  const records: GoalLogRecord[] = []
  const openGoals = new Map<string, string | null>()
  const delivery = new GoalDelivery({
    logExporter: {
      export(sent: GoalLogRecord[], done) {
        records.push(...sent)
        done({ code: 0 })
      },
    },
    to: 'this collection',
    takesOthersOnly: async () => false,
    spans: () => spansOf(trace.getTracer('goaltrace', VERSION)),
    meters: () => undefined,
    keptSpans: new Set(),
    exportSpans: async () => true,
    measured() {},
    flush: async () => {},
  })
  const observation = startObservation(database, known, () => KEEP_ALL)
  return {
    records,
    async events() {
      const rows = outbox.read(seq, Number.MAX_SAFE_INTEGER).filter((row) => row.seq <= end)
      seq = rows.at(-1)?.seq ?? seq
      delivery.start((key) => openGoals.get(key) ?? undefined)
      const batch = delivery.prepare(rows, outbox)
      await batch.send(() => {})
      for (const [key, goal] of batch.openGoals ?? []) openGoals.set(key, goal)
      batch.delivered()
      return records.map(collected)
    },
    close() {
      observation.close()
      end = Math.min(end, lastOf(outbox, connection))
    },
  }
}

/** The number of the newest row, with what this connection has yet to commit; after it another connection's may follow. */
function lastOf(outbox: Outbox, connection: Connection): number {
  try {
    const own = connection.open && connection.inTransaction
    const ends = (own ? new Outbox((read) => read(connection)) : outbox).ends()
    return Number(ends?.last ?? 0)
  } catch {
    // The file is locked just now, which must not make a test's clean-up fail.
    return Number.POSITIVE_INFINITY
  }
}

function collected({ eventName, hrTime: [seconds, nanoseconds], attributes }: GoalLogRecord): CollectedGoalEvent {
  const kind = eventName.replace('agent_goal.', '') as GoalEventKind
  return { kind, at: new Date(seconds * 1000 + nanoseconds / 1e6), attributes }
}
