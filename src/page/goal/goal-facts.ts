import type { GoalState, StoredEvent } from '../../backend/api/api.ts'

/** What the events of a goal say about its history. Times are milliseconds since 1970. */

/** Of counters, which may be beyond 2^53; a plot or a difference has no use for the last digit. */
function number(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined
}

/** Tokens accounted since the goal was created, as of this event; undefined where it has none. */
export function tokensOf({ attributes, payload }: StoredEvent): number | undefined {
  return number(attributes?.['agent_goal.usage.tokens']) ?? number(payload.event_params.cumulative_tokens_accounted)
}

/** Seconds accounted since the goal was created, as of this event. */
function secondsOf({ attributes, payload }: StoredEvent): number | undefined {
  return (
    number(attributes?.['agent_goal.usage.duration']) ?? number(payload.event_params.cumulative_time_accounted_seconds)
  )
}

function budgetOf({ attributes, payload }: StoredEvent): number | undefined {
  return payload.event_params.has_token_budget ? number(attributes?.['agent_goal.token_budget']) : undefined
}

export function stateAfter({ payload: { event_params } }: StoredEvent): GoalState {
  return (event_params.event_kind === 'cleared' ? 'cleared' : event_params.goal_status) as GoalState
}

export interface StateSpan {
  readonly state: GoalState
  readonly from: number
  readonly to: number
}

/**
 * In which state the goal was when; the last one ends at its last event, or now while it is active.
 * @param replacedAt When another goal took its place, of which its own events say nothing.
 */
export function stateSpans(events: readonly StoredEvent[], now: number, replacedAt?: number): StateSpan[] {
  const spans: { state: GoalState; from: number; to: number }[] = []
  for (const event of events) {
    const at = Date.parse(event.occurred_at)
    const state = stateAfter(event)
    const last = spans.at(-1)
    if (last) last.to = at
    if (last?.state !== state) spans.push({ state, from: at, to: at })
  }
  const last = spans.at(-1)
  if (last && replacedAt !== undefined) {
    last.to = Math.max(last.to, replacedAt)
    spans.push({ state: 'replaced', from: last.to, to: last.to })
  } else if (last?.state === 'active') last.to = Math.max(last.to, now)
  return spans
}

/** What an event added to the goal's counters. */
export interface Step {
  readonly event: StoredEvent
  readonly tokens: number
  readonly seconds: number
  /** The state before it, where it changed the state. */
  readonly before: GoalState | undefined
}

/** @param complete false where older events are not among them: the first one's totals are no difference then. */
export function steps(events: readonly StoredEvent[], complete: boolean): Step[] {
  let [tokens, seconds]: [number | undefined, number | undefined] = complete ? [0, 0] : [undefined, undefined]
  let state: GoalState | undefined
  return events.map((event) => {
    const [nowTokens, nowSeconds] = [tokensOf(event) ?? tokens, secondsOf(event) ?? seconds]
    const step = {
      event,
      // An event that arrives out of order must not give back what was spent.
      tokens: Math.max(0, (nowTokens ?? 0) - (tokens ?? nowTokens ?? 0)),
      seconds: Math.max(0, (nowSeconds ?? 0) - (seconds ?? nowSeconds ?? 0)),
      // After a word that nothing maps an event names no state before, and the last one known may be the same.
      before:
        (event.attributes?.['agent_goal.previous_status'] as GoalState | undefined) ??
        (state === stateAfter(event) ? undefined : state),
    }
    tokens = nowTokens
    seconds = nowSeconds
    // Usage is reported before the change of status that it causes, with the new status.
    if (event.payload.event_params.event_kind !== 'usage_accounted') state = stateAfter(event)
    return step
  })
}

export interface Turn {
  /** Null for what was accounted outside of any. */
  readonly id: string | null
  readonly from: number
  readonly to: number
  readonly tokens: number
  readonly seconds: number
  readonly events: number
}

/** In the order in which they began. */
export function turns(steps: readonly Step[]): Turn[] {
  const found = new Map<string | null, { -readonly [Key in keyof Turn]: Turn[Key] }>()
  for (const { event, tokens, seconds } of steps) {
    const id = event.payload.event_params.turn_id
    const at = Date.parse(event.occurred_at)
    const turn = found.get(id) ?? { id, from: at, to: at, tokens: 0, seconds: 0, events: 0 }
    turn.to = at
    turn.tokens += tokens
    turn.seconds += seconds
    turn.events++
    found.set(id, turn)
  }
  // What happens outside of turns matters here only where it cost something.
  return [...found.values()].filter(({ id, tokens, seconds }) => id !== null || tokens > 0 || seconds > 0)
}

/** Columns for a plot: seconds since 1970, tokens, budget. */
export function usageColumns(events: readonly StoredEvent[]): [number[], (number | null)[], (number | null)[]] {
  const columns: [number[], (number | null)[], (number | null)[]] = [[], [], []]
  let [tokens, budget]: [number | null, number | null] = [null, null]
  for (const event of events) {
    tokens = tokensOf(event) ?? tokens
    budget = event.payload.event_params.has_token_budget ? (budgetOf(event) ?? budget) : null
    columns[0].push(Date.parse(event.occurred_at) / 1000)
    columns[1].push(tokens)
    columns[2].push(budget)
  }
  return columns
}
