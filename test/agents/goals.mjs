// What the agents here share: their driver, their goals, and what they print of a statement.
export const Database =
  process.env.DRIVER === 'node:sqlite'
    ? (await import('node:sqlite')).DatabaseSync
    : (await import('better-sqlite3')).default

export const GOALS = `CREATE TABLE IF NOT EXISTS thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0)`

export const take = (thread) => `INSERT INTO thread_goals VALUES ('${thread}', 'goal', 'Count', 'active', NULL, 0, 0)`

/** Prints what the statement returned, or how it failed. */
export function say(what, run) {
  try {
    console.log(what, run())
  } catch (error) {
    console.log(what, error.name, error.code, error.message)
  }
}

/** Replaces better-sqlite3's transaction() for both drivers. */
export function inTransaction(db, run) {
  db.exec('BEGIN')
  try {
    const result = run()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.inTransaction ?? db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
