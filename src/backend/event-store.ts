import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Intake, ReceivedEvent } from './intake.ts'
import { prepareSchema } from './schema.ts'
import { StoredGoals } from './stored-goals.ts'

export interface Stored {
  readonly stored: number
  /** Events whose uid was there before: delivered again. */
  readonly duplicates: number
  readonly rejected: number
}

/** Milliseconds. better-sqlite3 waits inside the call, and the server with it; a sender that is told 503 waits alone. */
const BUSY_TIMEOUT = 200

const INSERT_EVENT = `
  INSERT INTO event (uid, received_at_ms, occurred_at_ns, thread_id, session_id, goal_id, turn_id, event_kind, goal_status,
    has_token_budget, token_budget, tokens_used, time_used_seconds, service_name, trace_id, span_id, payload, attributes, resource)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (uid) DO NOTHING`

/** The events of a backend, in one SQLite file. */
export class EventStore {
  readonly database: Database.Database
  readonly #write: Database.Transaction<(intake: Intake, receivedAtMs: number) => Stored>

  /** @throws {Error} where the file cannot be opened, or is not a backend's. */
  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    this.database = new Database(file, { timeout: BUSY_TIMEOUT })
    try {
      this.database.pragma('journal_mode = WAL')
      // https://sqlite.org/pragma.html#pragma_synchronous: in WAL a commit survives the death of this process either
      // way; only a power loss can take the commits since the last checkpoint. FULL adds an fsync to every request.
      this.database.pragma('synchronous = NORMAL')
      prepareSchema(this.database)
      this.#write = writer(this.database)
    } catch (error) {
      this.database.close()
      throw error
    }
  }

  /**
   * Stores all of a request or nothing of it.
   * @throws {Database.SqliteError} where SQLite cannot store it now.
   */
  append(intake: Intake, receivedAtMs: number): Stored {
    if (intake.events.length + intake.rejected.length === 0) return { stored: 0, duplicates: 0, rejected: 0 }
    // A writer from its start: a transaction that reads first can fail with BUSY_SNAPSHOT, which no timeout helps.
    return this.#write.immediate(intake, receivedAtMs)
  }

  close(): void {
    this.database.close()
  }
}

function writer(database: Database.Database) {
  const insertEvent = database.prepare(INSERT_EVENT)
  const insertRejected = database.prepare(
    'INSERT INTO rejected (received_at_ms, reason, record, resource) VALUES (?, ?, ?, ?)',
  )
  const goals = new StoredGoals(database)
  return database.transaction((intake: Intake, receivedAtMs: number): Stored => {
    const stored = intake.events.filter((event) => insertEvent.run(eventRow(event, receivedAtMs)).changes > 0)
    goals.take(stored)
    for (const one of intake.rejected) insertRejected.run(receivedAtMs, one.reason, one.record, one.resource)
    return {
      stored: stored.length,
      duplicates: intake.events.length - stored.length,
      rejected: intake.rejected.length,
    }
  })
}

function eventRow(event: ReceivedEvent, receivedAtMs: number) {
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
    event.tokenBudget,
    event.tokensUsed,
    event.timeUsedSeconds,
    event.serviceName,
    event.traceId,
    event.spanId,
    event.payload,
    event.attributes,
    event.resource,
  ]
}
