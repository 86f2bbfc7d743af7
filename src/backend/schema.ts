import type { Database } from 'better-sqlite3'

const VERSION = 1
/** In the file's header (https://sqlite.org/pragma.html#pragma_application_id): this file is a backend's, not an agent's. */
const APPLICATION_ID = 0x676f616c

/**
 * `seq` is the cursor of readers: it follows the order of arrival, and AUTOINCREMENT never gives a number twice, also
 * when all older rows were removed. `uid` is time-ordered, so its index grows at its end; a random key there costs nine
 * tenths of the speed at three million rows. `tokens_used` and `time_used_seconds` are what the record tells beside a
 * payload that tells them for usage alone.
 */
const TABLES = `
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    received_at_ms INTEGER NOT NULL,
    occurred_at_ns INTEGER NOT NULL,
    thread_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    goal_id TEXT NOT NULL,
    turn_id TEXT,
    event_kind TEXT NOT NULL,
    goal_status TEXT NOT NULL,
    has_token_budget INTEGER NOT NULL,
    token_budget INTEGER,
    tokens_used INTEGER,
    time_used_seconds INTEGER,
    service_name TEXT,
    trace_id TEXT,
    span_id TEXT,
    payload TEXT NOT NULL,
    attributes TEXT,
    resource TEXT
  ) STRICT;
  CREATE INDEX event_of_goal ON event (thread_id, goal_id, occurred_at_ns, uid);
  CREATE TABLE rejected (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    record TEXT NOT NULL,
    resource TEXT
  ) STRICT;
`

/** @throws {Error} where the file is another program's database or a newer goaltrace's. */
export function prepareSchema(database: Database): void {
  // At once a writer: two backends that start on one new file must not both find it empty.
  database
    .transaction(() => {
      const id = database.pragma('application_id', { simple: true })
      const version = database.pragma('user_version', { simple: true }) as number
      const empty = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
      if (empty) {
        database.exec(TABLES)
        database.pragma(`application_id = ${APPLICATION_ID}`)
        database.pragma(`user_version = ${VERSION}`)
      } else if (id !== APPLICATION_ID) {
        throw new Error(`${database.name} is another program's database: name a file of the backend's own`)
      } else if (version > VERSION) {
        throw new Error(`${database.name} was made by a newer goaltrace: update this one, or name another file`)
      }
    })
    .immediate()
}
