import type { Database } from 'better-sqlite3'
import { ORDER_INDEXES } from './goal-orders.ts'
import type { ReceivedEvent } from './received-records.ts'
import { MODEL, OBJECTIVE, REASON, StoredGoals } from './stored-goals.ts'
import { SPAN_INDEX } from './stored-spans.ts'

const VERSION = 8
/** Marks the file as a backend's, in its header (https://sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x676f616c

/**
 * `seq` is the cursor of readers: it follows the order of arrival, and AUTOINCREMENT never gives a number twice, also
 * when all older rows were removed. `uid` is time-ordered, so its index grows at its end; a random key there costs nine
 * tenths of the speed at three million rows. `tokens_used` and `time_used_seconds` are the record's own, beside a
 * payload that has them for usage alone.
 */
const EVENTS = `
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

/**
 * Since version 2; goal-state.ts says what its columns mean. Since version 4 amounts are of any type, which keeps an
 * integer of 64 bits and a fraction as they are, and a goal may have been replaced. Version 5 knows a goal's model,
 * version 6 the reason of its status.
 */
const GOALS = `
  CREATE TABLE goal (
    thread_id TEXT NOT NULL,
    goal_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    service_name TEXT,
    status TEXT NOT NULL,
    cleared INTEGER NOT NULL,
    has_token_budget INTEGER NOT NULL,
    token_budget ANY,
    tokens_used ANY,
    time_used_seconds ANY,
    objective TEXT,
    model TEXT,
    reason TEXT,
    events INTEGER NOT NULL,
    first_at_ns INTEGER NOT NULL,
    last_at_ns INTEGER NOT NULL,
    last_uid TEXT NOT NULL,
    created_at_ns INTEGER,
    began_at_ns INTEGER,
    began_uid TEXT,
    stopped_at_ns INTEGER,
    alone INTEGER NOT NULL DEFAULT 0,
    replaced_by TEXT,
    replaced_at_ns INTEGER,
    replaced_uid TEXT,
    cut INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (thread_id, goal_id)
  ) STRICT, WITHOUT ROWID;
`

/** Since version 2. `seq` is the order of arrival, by which the oldest go. */
const SPANS = `
  CREATE TABLE span (
    seq INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    parent_span_id TEXT,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    started_at_ns INTEGER NOT NULL,
    duration_ns INTEGER NOT NULL,
    status_code INTEGER NOT NULL,
    status_message TEXT,
    service_name TEXT,
    attributes TEXT NOT NULL,
    UNIQUE (trace_id, span_id)
  ) STRICT;
`

/** Since version 4: see goal-successors.ts. */
const REPLACEMENTS = `
  CREATE TABLE replacement (
    thread_id TEXT NOT NULL,
    goal_id TEXT NOT NULL,
    at_ns INTEGER NOT NULL,
    uid TEXT NOT NULL,
    by_goal_id TEXT NOT NULL,
    PRIMARY KEY (thread_id, goal_id, at_ns, uid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX replacement_by ON replacement (thread_id, by_goal_id);
`

/** `cut` came with version 3. */
const KEPT = `thread_id, goal_id, session_id, service_name, status, cleared, has_token_budget, token_budget, tokens_used,
  time_used_seconds, objective, events, first_at_ns, last_at_ns, last_uid, created_at_ns, stopped_at_ns`
const ofEarlier = (cut: string) => `
  ALTER TABLE goal RENAME TO goal_earlier;
  ${GOALS}
  INSERT INTO goal (${KEPT}, cut) SELECT ${KEPT}, ${cut} FROM goal_earlier;
  DROP TABLE goal_earlier;
  UPDATE goal SET alone = coalesce((SELECT attributes IS NULL FROM event WHERE uid = last_uid), 0);
  UPDATE goal SET began_at_ns = created_at_ns, began_uid = coalesce((
    SELECT uid FROM event WHERE event.thread_id = goal.thread_id AND event.goal_id = goal.goal_id
      AND occurred_at_ns = created_at_ns AND event_kind = 'created' ORDER BY uid DESC LIMIT 1), '')
  WHERE created_at_ns IS NOT NULL;
`

/** For what changed last, what was created in some time, and how many of a service are in each state. */
const GOAL_INDEXES = `
  CREATE INDEX goal_by_last ON goal (last_at_ns);
  CREATE INDEX goal_by_created ON goal (created_at_ns) WHERE created_at_ns IS NOT NULL;
  CREATE INDEX goal_by_service ON goal (service_name, cleared, status, replaced_by);
`

/** Since version 7: why records were rejected, without reading them. */
const REASONS = 'CREATE INDEX IF NOT EXISTS rejected_by_reason ON rejected (reason, received_at_ms);'

/**
 * Since version 3: what stopped in some time, with all that stopped-goals.ts reads of it, because looking each goal up by its
 * key takes a hundred thousand of them 200 ms more; and which spans began first.
 * Since version 6 which spans are about no goal.
 */
const INDEXES = `
  DROP INDEX IF EXISTS goal_by_stopped;
  CREATE INDEX goal_by_stopped ON goal
    (stopped_at_ns, status, cleared, tokens_used, time_used_seconds, has_token_budget, token_budget, service_name, model)
    WHERE stopped_at_ns IS NOT NULL;
  CREATE INDEX IF NOT EXISTS span_by_start ON span (started_at_ns);
  ${SPAN_INDEX};
`

/**
 * The version that created the file; undefined if it is empty. Call it before anything is set on it: another program's
 * file is left as it is, its journal too.
 * @throws {Error} if the file is another program's database or a newer goaltrace's.
 */
export function versionOf(database: Database): number | undefined {
  if (database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0) return undefined
  if (database.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new Error(`${database.name} is another program's database: name a file of the backend's own`)
  }
  const version = database.pragma('user_version', { simple: true }) as number
  if (version <= VERSION) return version
  throw new Error(`${database.name} was made by a newer goaltrace: update this one, or name another file`)
}

/** @throws {Error} as versionOf does. */
export function prepareSchema(database: Database): void {
  // Immediate: two backends that start on one new file must not both find it empty.
  database
    .transaction(() => {
      const version = versionOf(database)
      if (version === VERSION) return
      if (version === 6 || version === 7) {
        database.exec(REASONS + ORDER_INDEXES)
        database.pragma(`user_version = ${VERSION}`)
        return
      }
      if (version === 4 || version === 5) {
        if (version === 4) database.exec('ALTER TABLE goal ADD COLUMN model TEXT')
        database.exec(`ALTER TABLE goal ADD COLUMN reason TEXT; ${INDEXES} ${REASONS} ${ORDER_INDEXES}`)
        database.pragma(`user_version = ${VERSION}`)
        return
      }
      if (version === undefined) {
        database.exec(EVENTS)
        database.pragma(`application_id = ${APPLICATION_ID}`)
      }
      if (version === undefined || version === 1) database.exec(GOALS + SPANS)
      else database.exec(ofEarlier(version === 2 ? '0' : 'cut'))
      database.exec(REPLACEMENTS + GOAL_INDEXES + INDEXES + REASONS + ORDER_INDEXES)
      if (version === 1) fillGoals(database)
      if (version !== undefined) findReplaced(database)
      database.pragma(`user_version = ${VERSION}`)
    })
    .immediate()
}

/** An earlier version did not know which goals were replaced. */
function findReplaced(database: Database): void {
  database.exec(`INSERT INTO replacement (thread_id, goal_id, at_ns, uid, by_goal_id)
    SELECT thread_id, '', began_at_ns, began_uid, goal_id FROM goal WHERE alone = 1 AND began_at_ns IS NOT NULL`)
  const goals = new StoredGoals(database)
  const alone = database.prepare('SELECT thread_id, goal_id FROM goal WHERE alone = 1').all()
  for (const { thread_id, goal_id } of alone as { thread_id: string; goal_id: string }[])
    goals.refresh(thread_id, goal_id)
}

/** From the events that an earlier version kept without their goals' state. */
function fillGoals(database: Database): void {
  const goals = new StoredGoals(database)
  const next = database.prepare(`
    SELECT DISTINCT thread_id, goal_id FROM event WHERE (thread_id, goal_id) > (?, ?)
    ORDER BY thread_id, goal_id LIMIT 1000`)
  const events = database.prepare(EVENTS_OF_GOAL).safeIntegers()
  let page: { thread_id: string; goal_id: string }[] = []
  do {
    const { thread_id, goal_id } = page.at(-1) ?? { thread_id: '', goal_id: '' }
    page = next.all(thread_id, goal_id) as typeof page
    for (const goal of page) {
      goals.put(events.iterate(goal.thread_id, goal.goal_id) as IterableIterator<ReceivedEvent>)
    }
  } while (page.length > 0)
}

const EVENTS_OF_GOAL = `
  SELECT uid, occurred_at_ns AS occurredAtNs, thread_id AS threadId, session_id AS sessionId, goal_id AS goalId,
    event_kind AS kind, goal_status AS status, has_token_budget AS hasTokenBudget, token_budget AS tokenBudget,
    tokens_used AS tokensUsed, time_used_seconds AS timeUsedSeconds, service_name AS serviceName,
    ${OBJECTIVE} AS objective, ${MODEL} AS model, ${REASON} AS reason, NULL AS previousGoalId, iif(attributes IS NULL, NULL, '{}') AS attributes
  FROM event WHERE thread_id = ? AND goal_id = ? ORDER BY occurred_at_ns, uid`
