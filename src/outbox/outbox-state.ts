import type { Connection } from '../sqlite/connection.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import { OUTBOX, STATE } from './outbox-table.ts'

/** A database that is only read. */
export interface Readable {
  prepare(sql: string): { get(...parameters: unknown[]): unknown; all(...parameters: unknown[]): unknown[] }
  /** It has the pending rows, and nothing else of the database. */
  readonly isCopy?: boolean
}

/**
 * How far a file is delivered, kept in the file too: a state directory may not outlive the process, as in a container, or
 * be another user's. It is kept when the agent closes the file, exits or rests; while it changes goals, what is left in the
 * outbox says as much.
 */
export function deliveredIn(database: Readable): Checkpoint {
  try {
    const { value } = (database.prepare(`SELECT value FROM ${STATE} WHERE name = 'delivered'`).get() ?? {}) as {
      value?: unknown
    }
    return typeof value === 'string' ? parsed(value) : NOTHING_DELIVERED
  } catch (error) {
    // The first version of the outbox had none.
    if (/no such table/.test(String(error))) return NOTHING_DELIVERED
    throw error
  }
}

/** As it is kept. */
export function checkpointText({ seq, uid }: Checkpoint): string {
  return JSON.stringify([seq, uid])
}

function parsed(text: string): Checkpoint {
  try {
    const [seq, uid] = JSON.parse(text) as unknown[]
    return typeof seq === 'number' && typeof uid === 'string' ? { seq, uid } : NOTHING_DELIVERED
  } catch {
    return NOTHING_DELIVERED
  }
}

/** At most so many delivered rows are deleted at once, a few milliseconds' work; the agent's next changes delete the others. */
const MOST_DELETED = 10_000

/** Keeps the checkpoint in the file and deletes what is before it. Outside a transaction. Throws what SQLite says. */
export function settleOutbox(database: Connection, checkpoint: Checkpoint): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.prepare(`UPDATE main.${STATE} SET value = ? WHERE name = 'delivered'`).run(checkpointText(checkpoint))
    const oldest = `(SELECT min(seq) FROM main.${OUTBOX})`
    database.prepare(`DELETE FROM main.${OUTBOX} WHERE seq < min(?, ${oldest} + ${MOST_DELETED})`).run(checkpoint.seq)
    database.exec('COMMIT')
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK')
    throw error
  }
}
