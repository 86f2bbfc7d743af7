import { TOKEN_BUDGET, TOKENS_USED } from '../store/event-values.ts'

/** Percent of its budget that a goal had used as of an event: the last of these that it had reached, or 0. */
const REACHED = `CASE WHEN ${TOKEN_BUDGET} > 0 THEN
  CASE WHEN ${TOKENS_USED} >= ${TOKEN_BUDGET} THEN 100 WHEN ${TOKENS_USED} >= 0.8 * ${TOKEN_BUDGET} THEN 80 ELSE 0 END ELSE 0 END`

/** The same of the goal's event before, of those that say it. Its names are those of the inner table. */
const BEFORE = `(SELECT ${REACHED} FROM event AS earlier
  WHERE earlier.thread_id = event.thread_id AND earlier.goal_id = event.goal_id
    AND (earlier.occurred_at_ns, earlier.uid) < (event.occurred_at_ns, event.uid) AND ${TOKENS_USED} IS NOT NULL
  ORDER BY earlier.occurred_at_ns DESC, earlier.uid DESC LIMIT 1)`

/** 80 or 100 for the event with which a goal reaches that much of its budget, in SQL; null for all others. */
export const BUDGET_WARNING = `CASE WHEN ${REACHED} > 0 AND ${REACHED} > coalesce(${BEFORE}, 0) THEN ${REACHED} END`
