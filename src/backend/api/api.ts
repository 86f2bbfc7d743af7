/**
 * What the backend's API tells, as types: the page and the commands read it, `openapi.json` describes it.
 *
 * Times are ISO 8601 in UTC with milliseconds, durations are seconds, cursors are opaque texts. Integers beyond 2^53 are
 * written whole; a reader whose numbers end there sees them rounded. Whatever is refused is answered {"message": one
 * sentence}; a parameter that is not named here is refused too. One answer holds some 16 MB at most: a page of long rows
 * has fewer of them than asked for, and `next` goes on from there. HEAD works where GET does.
 */

import type { CodexGoalEvent } from '../../codex/codex-goal-event.ts'
import type { GoalEventKind } from '../../event/goal-event.ts'
import { GOAL_STATUSES, type GoalStatus } from '../../goal/goal.ts'

/**
 * Where a goal stands: its last status; that another goal has taken its place on its thread, unless it was complete by
 * then; or that its row is gone.
 */
export type GoalState = GoalStatus | 'replaced' | 'cleared'

export const GOAL_STATES: readonly GoalState[] = [...GOAL_STATUSES, 'replaced', 'cleared']

export function isGoalState(text: string): text is GoalState {
  return (GOAL_STATES as readonly string[]).includes(text)
}

export function stateOf({
  status,
  cleared,
  replaced_by,
}: Pick<GoalSummary, 'status' | 'cleared' | 'replaced_by'>): GoalState {
  if (cleared) return 'cleared'
  return replaced_by !== null && status !== 'complete' ? 'replaced' : status
}

/** One goal, whose key is (thread, goal), after all events that arrived, in the order in which they occurred. */
export interface GoalSummary {
  readonly thread_id: string
  readonly goal_id: string
  readonly session_id: string
  /** `service.name` of the agent; null where no event told one. */
  readonly service: string | null
  readonly status: GoalStatus
  readonly cleared: boolean
  readonly has_token_budget: boolean
  readonly token_budget: number | null
  readonly tokens_used: number | null
  readonly time_used_seconds: number | null
  /** Only where the agent was asked to tell it (`agent_goal.objective`); the first 4000 characters. */
  readonly objective: string | null
  /** The model that works on it; null where no event names one. */
  readonly model: string | null
  /** When its first known event occurred. */
  readonly first_at: string
  readonly last_at: string
  /** When it last left `active`, or was cleared or replaced; null while it is active. */
  readonly stopped_at: string | null
  /** The goal that has taken its place on its thread; null where none has. */
  readonly replaced_by: string | null
  readonly replaced_at: string | null
  readonly events: number
}

/**
 * GET /api/goals?state=&service=&thread=&goal=&since=&until=&search=&limit=&cursor=
 *
 * The goal that changed last comes first. `state` may stand several times. `since` and `until` are about `last_at`
 * (ISO 8601; since inclusive, until exclusive). `search`: part of an id, a service or an objective, whatever the case of its ASCII letters. `limit` 1 to 1000, default 100.
 */
export interface GoalsPage {
  readonly goals: readonly GoalSummary[]
  /** Goals that match in all. */
  readonly total: number
  /** For the next page; null at the end. */
  readonly next: string | null
}

/** GET /api/goals/{thread}/{goal}: both percent-encoded. 404 where there is none. */
export interface GoalDetail {
  readonly goal: GoalSummary
  /** In the order in which they occurred; the newest 10,000 at most. */
  readonly events: readonly StoredEvent[]
  /** False where older events were left out. */
  readonly complete: boolean
  /** Of the goal's traces, as far as they are still kept; by start, the first 5000. */
  readonly spans: readonly StoredSpan[]
}

export interface StoredEvent {
  readonly cursor: string
  readonly uid: string
  readonly received_at: string
  readonly occurred_at: string
  readonly service: string | null
  /** 32 lower-case hex digits. */
  readonly trace_id: string | null
  /** 16 lower-case hex digits. */
  readonly span_id: string | null
  /** As it came. */
  readonly payload: CodexGoalEvent
  readonly attributes: Readonly<Record<string, unknown>> | null
  readonly resource: Readonly<Record<string, unknown>> | null
}

export interface StoredSpan {
  readonly trace_id: string
  readonly span_id: string
  readonly parent_span_id: string | null
  readonly name: string
  /** OTLP's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer, 0 unspecified. */
  readonly kind: number
  readonly started_at: string
  readonly duration_ms: number
  /** 0 unset, 1 ok, 2 error. */
  readonly status_code: number
  readonly status_message: string | null
  readonly service: string | null
  readonly attributes: Readonly<Record<string, unknown>>
}

/**
 * GET /api/events?thread=&goal=&kind=&status=&service=&since=&until=&limit=&after=&newest=
 *
 * In the order of arrival, newest last, behind the cursor `after`. `kind` and `status` may stand several times. `newest=1`: the newest `limit` that match, still newest last.
 * `since` and `until` are about `occurred_at`. Without `thread` or `goal` one request looks at 100,000 events at most: with
 * filters a page may be empty while `next` goes on, and `newest=1` finds what is among the newest 100,000.
 */
export interface EventsPage {
  readonly events: readonly StoredEvent[]
  /** The cursor behind all that was looked at; `after` again where there is none. With `newest`: behind all there are. */
  readonly next: string
}

/**
 * GET /api/summary?since=&until=&service=
 *
 * Default: the last 24 hours. A goal counts as created where its `created` event occurred then, and as stopped where it last left
 * `active` then and has not come back.
 */
export interface Summary {
  readonly since: string
  readonly until: string
  /** Goals that are in this state now, whenever they changed. */
  readonly now: Readonly<Record<GoalState, number>>
  readonly created: number
  readonly stopped: number
  /** Of the stopped, those that were complete, also if cleared since; 0 to 1; null where none stopped. */
  readonly completion_rate: number | null
  /** Why goals left `active`, the most frequent first: `cleared` and `replaced` only where they were active until then. */
  readonly reasons: readonly { readonly state: GoalState; readonly goals: number }[]
  /** Of the goals that stopped then. */
  readonly tokens: Spread
  readonly seconds: Spread
  /** Of goals with a budget that stopped then: tokens used of the budget, 1 is all of it. */
  readonly budget_use: Spread
  /**
   * Each hour of the time (each five minutes where it is no longer than three hours, each day where it is longer than 14
   * days), also where nothing happened; where the time is longer than 400 days the steps begin with the first event in it; the newest 4000 at most.
   */
  readonly steps: readonly SummaryStep[]
  /** Of the goals that stopped then: whose spent the most tokens, at most 10. */
  readonly services: readonly { readonly service: string | null; readonly goals: number; readonly tokens: number }[]
}

export interface Spread {
  readonly sum: number
  readonly p50: number | null
  readonly p95: number | null
}

export interface SummaryStep {
  readonly at: string
  readonly created: number
  readonly complete: number
  /** Stopped otherwise than complete. */
  readonly stopped: number
  readonly tokens: Spread
  readonly seconds: Spread
}

/** GET /api/rejected?after=&limit= */
export interface RejectedPage {
  readonly rejected: readonly {
    readonly cursor: string
    readonly received_at: string
    readonly reason: string
    /** As it came. */
    readonly record: unknown
    readonly resource: Readonly<Record<string, unknown>> | null
  }[]
  readonly next: string
}

/**
 * GET /api/events/stream?after=, text/event-stream: each new event as `event: goal`, `id: CURSOR`, `data:` a StoredEvent on one line.
 *
 * Without `after` (or `Last-Event-ID`) it begins with what comes from now on. Where a reader falls far behind, `event: gap` with the id it goes on from
 * (`data: {"next":"CURSOR"}`): read the API anew. Far is 10,000 events, or a cursor that this backend never gave. A comment line every 15 s; 64 readers at most, 503 beyond.
 */
export const STREAM_EVENTS = ['goal', 'gap'] as const

/** GET /api/about */
export interface About {
  readonly version: string
  /** Where Jaeger's page is; null where nobody told. */
  readonly jaeger: string | null
  /** Whether requests must carry a token, those of agents that send goals too. */
  readonly token: boolean
  /** Which services sent goals, by name, at most 1000: for the filter. */
  readonly services: readonly string[]
  readonly events: number
  readonly goals: number
  readonly rejected: number
  /** Bytes of the database file. */
  readonly size: number
}

/**
 * POST /api/session {"token":"…"}: sets the cookie that the page's requests carry then (HttpOnly, SameSite=Strict, 30 days; also beyond a restart of the backend). 204; 401 for a wrong token; 429 after five of
 * them in a minute, with Retry-After. Whether a token is demanded GET /api/about tells by 401.
 * Where a token is demanded the page itself, its style and script are served without one; it comes with goals in
 * it only to who has signed in.
 *
 * All of the page's own addresses are `/` with a query: `/?since=7d&state=blocked`, `/?thread=T&goal=G`, `/?rejected`.
 */
export interface SignIn {
  readonly token: string
}

export type { GoalEventKind }
