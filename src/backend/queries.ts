import type { Database } from 'better-sqlite3'
import { printJson } from './json.ts'

/** What the backend tells about what it keeps, as JSON text: stored JSON goes out as it is, so that nothing of it can change on the way. */

export interface Page {
  /** Only rows behind this one; 0 for all. */
  readonly after: number
  /** Rows at most. */
  readonly limit: number
  readonly thread: string | null
  readonly goal: string | null
}

type Row = Record<string, unknown>

const EVENTS = `
  SELECT seq, uid, received_at_ms, occurred_at_ns, service_name, trace_id, span_id, payload, attributes, resource
  FROM event WHERE seq > :after`

/** Events in the order in which they arrived, newest last; `next` is the cursor behind the last of them. */
export function eventsJson(database: Database, page: Page): string {
  const rows = database
    .prepare(`${EVENTS}${of(page)} ORDER BY seq LIMIT :limit`)
    .safeIntegers()
    .all(page) as Row[]
  return pageJson('events', rows, page, (row) =>
    object({
      cursor: JSON.stringify(String(row.seq)),
      uid: JSON.stringify(row.uid),
      received_at: time(Number(row.received_at_ms)),
      occurred_at: time(milliseconds(row.occurred_at_ns)),
      service: JSON.stringify(row.service_name),
      trace_id: JSON.stringify(row.trace_id),
      span_id: JSON.stringify(row.span_id),
      payload: row.payload,
      attributes: row.attributes,
      resource: row.resource,
    }),
  )
}

/**
 * One row a goal, whose key is (thread, goal). Its state is that of its last event by event time, then uid: the order of
 * arrival does not matter. Totals and budget are the last that an event told.
 */
function goals(page: Page): string {
  const lastOf = (column: string, known = 'true') => `(
    SELECT ${column} FROM event e WHERE e.thread_id = g.thread_id AND e.goal_id = g.goal_id AND ${known}
    ORDER BY occurred_at_ns DESC, uid DESC LIMIT 1)`
  return `
    WITH g AS (
      SELECT thread_id, goal_id, count(*) AS events, min(occurred_at_ns) AS first, max(occurred_at_ns) AS last
      FROM event WHERE true${of(page)} GROUP BY thread_id, goal_id ORDER BY last DESC LIMIT :limit)
    SELECT g.*, l.session_id, l.goal_status, l.event_kind, l.has_token_budget,
      iif(l.has_token_budget, ${lastOf('token_budget', 'token_budget IS NOT NULL')}, NULL) AS token_budget,
      ${lastOf('tokens_used', 'tokens_used IS NOT NULL')} AS tokens_used,
      ${lastOf('time_used_seconds', 'time_used_seconds IS NOT NULL')} AS time_used_seconds,
      ${lastOf('service_name', 'service_name IS NOT NULL')} AS service
    FROM g JOIN event l ON l.seq = ${lastOf('seq')}
    ORDER BY g.last, g.thread_id, g.goal_id`
}

/** The goals that changed last, the newest of them last. */
export function goalsJson(database: Database, page: Page): string {
  const rows = database.prepare(goals(page)).safeIntegers().all(page) as Row[]
  const told = rows.map((row) => ({
    thread_id: row.thread_id,
    goal_id: row.goal_id,
    session_id: row.session_id,
    service: row.service,
    status: row.goal_status,
    cleared: row.event_kind === 'cleared',
    has_token_budget: row.has_token_budget === 1n,
    token_budget: row.token_budget,
    tokens_used: row.tokens_used,
    time_used_seconds: row.time_used_seconds,
    first_at: new Date(milliseconds(row.first)).toISOString(),
    last_at: new Date(milliseconds(row.last)).toISOString(),
    events: row.events,
  }))
  return printJson({ goals: told })
}

/** Goal records that were kept aside, newest last. */
export function rejectedJson(database: Database, page: Page): string {
  const rows = database
    .prepare('SELECT * FROM rejected WHERE seq > :after ORDER BY seq LIMIT :limit')
    .all(page) as Row[]
  return pageJson('rejected', rows, page, (row) =>
    object({
      cursor: JSON.stringify(String(row.seq)),
      received_at: time(Number(row.received_at_ms)),
      reason: JSON.stringify(row.reason),
      record: row.record,
      resource: row.resource,
    }),
  )
}

function of({ thread, goal }: Page): string {
  return `${thread === null ? '' : ' AND thread_id = :thread'}${goal === null ? '' : ' AND goal_id = :goal'}`
}

function pageJson(name: string, rows: readonly Row[], page: Page, print: (row: Row) => string): string {
  const next = rows.at(-1)?.seq ?? page.after
  return `{"${name}":[${rows.map(print).join(',')}],"next":"${next}"}`
}

/** From members that are JSON text already. */
function object(members: Record<string, unknown>): string {
  return `{${Object.entries(members)
    .map(([name, json]) => `"${name}":${json ?? 'null'}`)
    .join(',')}}`
}

function time(ms: number): string {
  return `"${new Date(ms).toISOString()}"`
}

function milliseconds(ns: unknown): number {
  return Number((ns as bigint) / 1_000_000n)
}
