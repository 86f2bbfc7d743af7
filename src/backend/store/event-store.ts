import { dirname, resolve } from 'node:path'
import type { Database, Transaction } from 'better-sqlite3'
import { makeDirectory } from '../../base/state-directory.ts'
import { isInteger64 } from '../../otlp/any-value.ts'
import { openDatabase } from './database.ts'
import { GroupCommit } from './group-commit.ts'
import { prepareSchema, versionOf } from './prepare-schema.ts'
import type { ReceivedEvent, ReceivedRecords, StoredCounts } from './received-records.ts'
import { StoredGoals } from './stored-goals.ts'
import { StoredSpans } from './stored-spans.ts'

/** Milliseconds. While SQLite waits the whole server does; after a 503 only the sender waits. */
const BUSY_TIMEOUT = 200

/** Bytes. Two checkpoints' worth. */
const WAL_SIZE = 16 * 1024 * 1024

const INSERT_EVENT = `
  INSERT INTO event (uid, received_at_ms, occurred_at_ns, thread_id, session_id, goal_id, turn_id, event_kind, goal_status,
    has_token_budget, token_budget, tokens_used, time_used_seconds, service_name, trace_id, span_id, payload, attributes, resource)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (uid) DO NOTHING`

/** The events of a backend, in one SQLite file. */
export class EventStore {
  readonly database: Database
  readonly #write: Transaction<(requests: readonly ReceivedRecords[]) => StoredCounts[]>
  readonly #group = new GroupCommit((requests) => this.write(requests))

  /** @throws {Error} if the file cannot be opened, or is not a backend's. */
  constructor(file: string) {
    makeDirectory(dirname(resolve(file)))
    this.database = openDatabase(file, BUSY_TIMEOUT)
    try {
      versionOf(this.database)
      // Rows of one to three kilobytes: a page of 4 KB often holds only one, and the rest is wasted.
      this.database.pragma('page_size = 8192')
      // Retention gives free pages back, in steps. Both pragmas work only before the first table is created.
      this.database.pragma('auto_vacuum = INCREMENTAL')
      this.database.pragma('journal_mode = WAL')
      // https://sqlite.org/pragma.html#pragma_synchronous: with NORMAL a power loss can take what was committed since the
      // last checkpoint, and the sender has deleted it then, because it was answered 200.
      this.database.pragma('synchronous = FULL')
      // Else the WAL would stay as large as the largest batch made it.
      this.database.pragma(`journal_size_limit = ${WAL_SIZE}`)
      prepareSchema(this.database)
      this.#write = writer(this.database)
    } catch (error) {
      this.database.close()
      throw error
    }
  }

  /**
   * Stores all of a request or nothing of it, together with others that arrive at the same time. Resolves when it is on disk.
   * @throws {Error} where SQLite cannot store it now.
   */
  async append(records: ReceivedRecords): Promise<StoredCounts> {
    const { events = [], rejected = [], spans = [] } = records
    if (events.length + rejected.length + spans.length === 0) return { stored: 0, duplicates: 0, rejected: 0 }
    return this.#group.append(records)
  }

  /**
   * Stores all of these requests, in one transaction, or nothing of them.
   * @returns what was stored of each.
   * @throws {Error} where SQLite cannot store it now.
   */
  write(requests: readonly ReceivedRecords[]): StoredCounts[] {
    // Immediate: a transaction that reads first can fail with BUSY_SNAPSHOT, for which SQLite does not wait.
    return this.#write.immediate(requests)
  }

  close(): void {
    this.database.close()
  }
}

function writer(database: Database) {
  const insertEvent = database.prepare(INSERT_EVENT)
  const insertRejected = database.prepare(
    'INSERT INTO rejected (received_at_ms, reason, record, resource) VALUES (?, ?, ?, ?)',
  )
  const goals = new StoredGoals(database)
  const traces = new StoredSpans(database)
  return database.transaction((requests: readonly ReceivedRecords[]): StoredCounts[] => {
    const stored: ReceivedEvent[] = []
    const counts = requests.map(({ events = [], rejected = [], receivedAtMs }) => {
      const before = stored.length
      for (const event of events) if (insertEvent.run(...eventRow(event, receivedAtMs)).changes > 0) stored.push(event)
      for (const one of rejected) insertRejected.run(receivedAtMs, one.reason, one.record, one.resource)
      const count = stored.length - before
      return { stored: count, duplicates: events.length - count, rejected: rejected.length }
    })
    traces.add(requests.flatMap(({ spans = [] }) => spans))
    goals.take(stored)
    return counts
  })
}

function eventRow(event: ReceivedEvent, receivedAtMs: number): unknown[] {
  return [
    event.uid,
    receivedAtMs,
    event.occurredAtNs,
    event.threadId,
    event.sessionId,
    event.goalId,
    event.turnId,
    event.kind,
    event.status,
    event.hasTokenBudget ? 1 : 0,
    whole(event.tokenBudget),
    whole(event.tokensUsed),
    whole(event.timeUsedSeconds),
    event.serviceName,
    event.traceId,
    event.spanId,
    event.payload,
    event.attributes,
    event.resource,
  ]
}

/** The columns hold integers; a fraction is read from the attributes, see event-values.ts. */
function whole(value: number | bigint | null): number | bigint | null {
  return isInteger64(value) ? value : null
}
