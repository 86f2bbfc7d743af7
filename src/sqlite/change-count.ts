import { reason, warnOnce } from '../base/diagnose.ts'
import { type Connection, rows } from './connection.ts'
import { OWN_PREFIX } from './own-names.ts'

const COUNTED = `temp.${OWN_PREFIX}changes`

/**
 * Runs goaltrace's own statements between two of the agent's, of which the second may ask by changes() what the first has
 * changed, as an upsert does in `INSERT … WHERE changes() = 0`.
 * @param around Runs one and then, whatever comes, the other.
 */
export function keepChangeCount<T>(database: Connection, run: () => T, around = tryFinally<T>): T {
  const before = changeCount(database)
  return around(run, () => {
    if (before !== undefined && database.open && changeCount(database) !== before) restore(database, before)
  })
}

function tryFinally<T>(run: () => T, after: () => void): T {
  try {
    return run()
  } finally {
    after()
  }
}

/** Reads no table, so that it takes no lock and fixes no snapshot. Undefined where it cannot be read. */
function changeCount(database: Connection): number | undefined {
  try {
    return Number(rows(database, 'SELECT changes() AS count')[0]?.count)
  } catch {
    return undefined
  }
}

/**
 * changes() is what the last INSERT, UPDATE or DELETE has changed, failed ones too; what defines a table leaves it alone
 * (https://sqlite.org/c3ref/changes.html). So one row is written over as often as rows were changed: half a millisecond
 * for 1000. WITHOUT ROWID leaves last_insert_rowid() alone, and TEMP tables are in no file of the agent's.
 */
function restore(database: Connection, count: number): void {
  try {
    database.exec(`CREATE TABLE IF NOT EXISTS ${COUNTED} (one PRIMARY KEY) WITHOUT ROWID;
      WITH RECURSIVE counted(one) AS (SELECT 1 UNION ALL SELECT 1 FROM counted LIMIT ${count})
      INSERT OR REPLACE INTO ${COUNTED} SELECT one FROM counted`)
  } catch (error) {
    warnOnce(
      'changes',
      `changes() on ${database.name} counts goaltrace's own rows until the agent's next change, as restoring it failed: ${reason(error)}`,
    )
  }
  try {
    database.exec(`DROP TABLE IF EXISTS ${COUNTED}`)
  } catch {
    // No table goes while the agent reads rows of any; the next restore drops this one.
  }
}
