import { ORDER_INDEXES } from './goal-orders.ts'
import { SPAN_INDEX } from './stored-spans.ts'

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
export const GOALS = `
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
export const SPANS = `
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
export const REPLACEMENTS = `
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

/** For what changed last, what was created in some time, and how many of a service are in each state. */
export const GOAL_INDEXES = `
  CREATE INDEX goal_by_last ON goal (last_at_ns);
  CREATE INDEX goal_by_created ON goal (created_at_ns) WHERE created_at_ns IS NOT NULL;
  CREATE INDEX goal_by_service ON goal (service_name, cleared, status, replaced_by);
`

/** Since version 7: why records were rejected, without reading them. */
export const REASONS = 'CREATE INDEX IF NOT EXISTS rejected_by_reason ON rejected (reason, received_at_ms);'

/**
 * Since version 3: what stopped in some time, with all that stopped-goals.ts reads of it, because looking each goal up by its
 * key takes a hundred thousand of them 200 ms more; and which spans began first.
 * Since version 6 which spans are about no goal.
 */
export const INDEXES = `
  DROP INDEX IF EXISTS goal_by_stopped;
  CREATE INDEX goal_by_stopped ON goal
    (stopped_at_ns, status, cleared, tokens_used, time_used_seconds, has_token_budget, token_budget, service_name, model)
    WHERE stopped_at_ns IS NOT NULL;
  CREATE INDEX IF NOT EXISTS span_by_start ON span (started_at_ns);
  ${SPAN_INDEX};
`

/** All of a new file. */
export const SCHEMA = [EVENTS, GOALS, SPANS, REPLACEMENTS, GOAL_INDEXES, INDEXES, REASONS, ORDER_INDEXES].join('')
