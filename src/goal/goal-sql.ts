/**
 * The statements on Codex's table of goals. Each is correct on its own: it decides by the row that it finds, never by one
 * that was read earlier.
 */

// Codex's table, column for column, so that anything that reads Codex's goals can read these.
export const TABLE = `CREATE TABLE IF NOT EXISTS thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL,
  goal_id TEXT NOT NULL,
  objective TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active','paused','blocked','usage_limited','budget_limited','complete')),
  token_budget INTEGER,
  tokens_used INTEGER NOT NULL DEFAULT 0,
  time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
)`

const INSERT = `INSERT INTO thread_goals (thread_id, goal_id, objective, status, token_budget,
    tokens_used, time_used_seconds, created_at_ms, updated_at_ms)
  VALUES (@threadId, @newGoalId, @objective, coalesce(@status, 'active'), @tokenBudget, 0, 0, @now, @now)`

export const CREATE = `${INSERT}
  ON CONFLICT (thread_id) DO UPDATE SET
    goal_id = excluded.goal_id, objective = excluded.objective, status = excluded.status,
    token_budget = excluded.token_budget, tokens_used = 0, time_used_seconds = 0,
    created_at_ms = excluded.created_at_ms, updated_at_ms = excluded.updated_at_ms
  WHERE status = 'complete' RETURNING *`

const BUDGET = 'CASE WHEN @keepBudget THEN token_budget ELSE @tokenBudget END'

// A budget-limited goal cannot be paused or blocked, and a goal over its budget is never active.
const ASSIGN = `
  objective = coalesce(@objective, objective),
  token_budget = ${BUDGET},
  status = CASE
    WHEN status = 'budget_limited' AND @status IN ('paused', 'blocked') THEN status
    WHEN coalesce(@status, status) = 'active' AND tokens_used >= ${BUDGET} THEN 'budget_limited'
    ELSE coalesce(@status, status)
  END,
  updated_at_ms = @now`

const IS_EXPECTED = `(@goalId IS NULL OR goal_id = @goalId)
  AND (@statuses IS NULL OR status IN (SELECT value FROM json_each(@statuses)))`

export const SET = `${INSERT} ON CONFLICT (thread_id) DO UPDATE SET ${ASSIGN} RETURNING *`

export const UPDATE = `UPDATE thread_goals SET ${ASSIGN} WHERE thread_id = @threadId AND ${IS_EXPECTED} RETURNING *`

// Counters stop at the largest integer that JavaScript holds, so that a row that was written can always be read.
export const ACCOUNT = `UPDATE thread_goals SET
    tokens_used = min(tokens_used + @tokens, ${Number.MAX_SAFE_INTEGER}),
    time_used_seconds = min(time_used_seconds + @seconds, ${Number.MAX_SAFE_INTEGER}),
    status = CASE WHEN status = 'active' AND tokens_used + @tokens >= token_budget THEN 'budget_limited' ELSE status END,
    updated_at_ms = @now
  WHERE thread_id = @threadId AND ${IS_EXPECTED} RETURNING *`

export const CLEAR = `DELETE FROM thread_goals WHERE thread_id = @threadId AND ${IS_EXPECTED} RETURNING *`

export const GET = 'SELECT * FROM thread_goals WHERE thread_id = @threadId'

export const LIST = 'SELECT * FROM thread_goals ORDER BY created_at_ms, thread_id'
