import type { Connection } from '../sqlite/connection.ts'
import { OWN_SAVEPOINT } from '../sqlite/own-names.ts'

/**
 * Runs all of these statements or none; within the agent's transaction, if there is one. In one text, as V8 may end what comes
 * between two statements: then the agent's next changes would be in a transaction that nobody commits.
 * @throws what SQLite says.
 */
export function atomically(database: Connection, how: 'IMMEDIATE' | '', statements: string): void {
  const [begin, end, revert] = database.inTransaction
    ? [
        `SAVEPOINT ${OWN_SAVEPOINT}`,
        `RELEASE ${OWN_SAVEPOINT}`,
        `ROLLBACK TO ${OWN_SAVEPOINT}; RELEASE ${OWN_SAVEPOINT}`,
      ]
    : [`BEGIN ${how}`, 'COMMIT', 'ROLLBACK']
  try {
    database.exec(`${begin};\n${statements}\n${end}`)
  } catch (error) {
    // Some errors have rolled all back already (https://sqlite.org/lang_transaction.html).
    if (database.inTransaction) undo(database, revert)
    throw error
  }
}

/** Tried again, as memory may be short for once: in a transaction left open the agent's own would fail. */
function undo(database: Connection, revert: string): void {
  try {
    database.exec(revert)
  } catch (error) {
    // The savepoint was not even set.
    if (!/no such savepoint/.test(String(error))) database.exec(revert)
  }
}
