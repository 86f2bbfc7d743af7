import type { Connection } from '../sqlite/connection.ts'
import { literal } from '../sqlite/sql-literal.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import { OUTBOX, STATE } from './outbox-table.ts'
import { refuseNewer, upgradeOf } from './outbox-version.ts'

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
 * @throws {Error} where a newer goaltrace has made the tables.
 */
export function deliveredIn(database: Readable): Checkpoint {
  const { version, delivered } = stateOf(database)
  refuseNewer(version)
  return typeof delivered === 'string' ? parsed(delivered) : NOTHING_DELIVERED
}

function stateOf(database: Readable): { readonly version?: unknown; readonly delivered?: unknown } {
  try {
    const rows = database.prepare(`SELECT name, value FROM ${STATE} WHERE name IN ('version', 'delivered')`).all() as {
      name: string
      value: unknown
    }[]
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
  } catch (error) {
    // The first version of the outbox had none.
    if (/no such table/.test(String(error))) return {}
    throw error
  }
}

/** What the file keeps of open goals, see open-goals-text.ts. */
export function openGoalsIn(database: Readable): string | undefined {
  const row = database.prepare(`SELECT value FROM ${STATE} WHERE name = 'goals'`).get()
  return (row as { value: string } | undefined)?.value
}

/** The text that the state table keeps. */
function checkpointText({ seq, uid }: Checkpoint): string {
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

/**
 * Keeps the checkpoint in the file and deletes what is before it. Outside a transaction. Throws SQLite's errors.
 * @param openGoals What is to be kept of open goals at this checkpoint.
 */
export function storeCheckpoint(database: Connection, checkpoint: Checkpoint, openGoals?: string): void {
  const oldest = `(SELECT min(seq) FROM main.${OUTBOX})`
  const statements = [
    `DELETE FROM main.${OUTBOX} WHERE seq < min(${checkpoint.seq}, ${oldest} + ${MOST_DELETED});`,
    openGoals === undefined
      ? `DELETE FROM main.${STATE} WHERE name = 'goals';`
      : `INSERT OR REPLACE INTO main.${STATE} VALUES ('goals', ${literal(openGoals)});`,
    // Last, since most statements of an agent change one row, too: then changes() is as it was.
    `UPDATE main.${STATE} SET value = ${literal(checkpointText(checkpoint))} WHERE name = 'delivered';`,
  ]
  try {
    inOne(database, statements)
  } catch (error) {
    // The first version of the outbox had no state.
    if (!/no such table/.test(String(error))) throw error
    inOne(database, [upgradeOf(database, 'main'), ...statements])
  }
}

/** In one text, as V8 may end what comes between two statements: see capture/unfinished.ts. */
function inOne(database: Connection, statements: readonly string[]): void {
  try {
    database.exec(['BEGIN IMMEDIATE;', ...statements, 'COMMIT'].join('\n'))
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK')
    throw error
  }
}
