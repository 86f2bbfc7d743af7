import type { Database } from 'better-sqlite3'
import { MODEL, OBJECTIVE, REASON } from './event-values.ts'
import { ORDER_INDEXES } from './goal-orders.ts'
import type { ReceivedEvent } from './received-records.ts'
import { GOAL_INDEXES, GOALS, INDEXES, REASONS, REPLACEMENTS, SPANS } from './schema.ts'
import { StoredGoals } from './stored-goals.ts'

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

/** Brings the tables of an earlier version up to the schema of this one, in the caller's transaction. */
export function upgradeSchema(database: Database, version: number): void {
  if (version < 4) rebuildGoals(database, version)
  else if (version < 6) {
    if (version === 4) database.exec('ALTER TABLE goal ADD COLUMN model TEXT')
    database.exec(`ALTER TABLE goal ADD COLUMN reason TEXT; ${INDEXES}`)
  }
  database.exec(REASONS + ORDER_INDEXES)
}

/** Version 1 had no goals; in 2 and 3 their amounts were integers, and it was not known which were replaced. */
function rebuildGoals(database: Database, version: number): void {
  if (version === 1) database.exec(GOALS + SPANS)
  else database.exec(ofEarlier(version === 2 ? '0' : 'cut'))
  database.exec(REPLACEMENTS + GOAL_INDEXES + INDEXES)
  if (version === 1) fillGoals(database)
  findReplaced(database)
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
