import { expect } from 'vitest'
import type { GoalRow, GoalRun, Made } from './goal-run.ts'

/** A span, from whichever backend it was read. */
export interface Span {
  readonly name: string
  readonly traceId: string
  readonly id: string
  readonly parent: string | undefined
  /** Milliseconds since 1970. */
  readonly start: number
  readonly end: number
  readonly attributes: Readonly<Record<string, unknown>>
  /** Undefined where the backend does not tell. */
  readonly links?: readonly Pick<Span, 'traceId' | 'id'>[]
}

/** Where a part of a goal's trace begins and ends: by which changes. */
interface Part {
  readonly name: string
  readonly from: Made
  readonly to: Made
  readonly tokens: number
}

/**
 * One trace: the goal at its root, its phases and turns below, each from the change that begins it to the one that ends it, with what was
 * spent between them, as the agent has written it down.
 */
export function expectGoalTrace(spans: readonly Span[], run: GoalRun): void {
  const [made, row] = [run.made(), run.row()]
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  expect(new Set(spans.map(({ id }) => id)).size).toBe(spans.length)
  const [goal, ...more] = spans.filter(({ parent }) => parent === undefined)
  expect([goal?.name, more]).toEqual([expect.stringMatching(/^goal\b/), []])
  expectGoal(goal as Span, made, row)
  const children = spans.filter(({ parent }) => parent === goal?.id)
  expect(children).toHaveLength(spans.length - 1)
  const parts = [...phasesOf(made), ...turnsOf(made)]
  expect(children.map(({ name }) => name).sort()).toEqual(
    [...parts.map(({ name }) => name), ...ownSpansOf(made)].sort(),
  )
  for (const name of new Set(parts.map((part) => part.name))) {
    const found = children.filter((span) => span.name === name).sort((one, other) => one.start - other.start)
    for (const [n, part] of parts.filter((part) => part.name === name).entries()) {
      expectPart(found[n] as Span, part, made)
    }
  }
  const spent = children.filter(({ name }) => name === 'turn').map((turn) => Number(turn.attributes[SPENT]))
  expect(spent.reduce((sum, tokens) => sum + tokens, 0)).toBe(row.tokens_used)
}

/**
 * Each change that the agent made in a span of its own is once below that, and linked to the goal; the goal, its phases and its turns are
 * linked to these.
 */
export function expectLinks(spans: readonly Span[], run: GoalRun): void {
  const made = run.made()
  const goal = spans.find(({ name, parent }) => name === 'goal' && parent === undefined) as Span
  const changes = made.map((change, n) => {
    const below = spans.filter(({ traceId, parent }) => traceId === change.trace_id && parent === change.span_id)
    expect(below.map(({ name }) => name)).toEqual([nameOf(change, made[n - 1])])
    const [span] = below as [Span]
    expectDuring(span.start, made, change)
    expectDuring(span.end, made, change)
    expect(span.links).toEqual([refOf(goal)])
    return span
  })
  const linksOf = (name: string) =>
    spans
      .filter((span) => span.traceId === goal.traceId && span.name === name)
      .sort((one, other) => one.start - other.start)
      .map(({ links }) => links)
  const ends = (parts: readonly Part[]) => parts.map(({ from, to }) => [from, to].map(({ n }) => refOf(changes[n])))
  const phases = phasesOf(made)
  for (const name of new Set(phases.map((phase) => phase.name))) {
    expect(linksOf(name)).toEqual(ends(phases.filter((phase) => phase.name === name)))
  }
  expect(linksOf('goal')).toEqual([[changes[0], changes.at(-1)].map(refOf)])
  expect(linksOf('turn')).toEqual(turnsOf(made).map(({ from }) => [{ traceId: from.trace_id, id: from.span_id }]))
}

function nameOf({ status }: Made, before: Made | undefined): string {
  if (before === undefined) return 'create_goal'
  return status === before.status ? 'account_goal_usage' : 'set_goal_status'
}

function refOf(span: Span | undefined): Pick<Span, 'traceId' | 'id'> {
  return { traceId: span?.traceId ?? '', id: span?.id ?? '' }
}

const FAILED = ['blocked', 'usage_limited', 'budget_limited']
const SPENT = 'agent_goal.spent.tokens'

function expectGoal(goal: Span, made: readonly Made[], row: GoalRow): void {
  expectDuring(goal.start, made, made[0])
  expectDuring(goal.end, made, made.at(-1))
  expect(goal.start).toBeGreaterThanOrEqual(row.created_at_ms - 1)
  expect(goal.end).toBeGreaterThanOrEqual(row.updated_at_ms - 1)
  expect({
    goal: goal.attributes['agent_goal.id'],
    thread: goal.attributes['gen_ai.conversation.id'],
    status: goal.attributes['agent_goal.status'],
    tokens: Number(goal.attributes['agent_goal.usage.tokens']),
    seconds: Number(goal.attributes['agent_goal.usage.duration']),
  }).toEqual({
    goal: row.goal_id,
    thread: row.thread_id,
    status: row.status,
    tokens: row.tokens_used,
    seconds: row.time_used_seconds,
  })
}

function expectPart(span: Span, { from, to, tokens }: Part, made: readonly Made[]): void {
  expectDuring(span.start, made, from)
  expectDuring(span.end, made, to)
  expect(Number(span.attributes[SPENT])).toBe(tokens)
}

/** Within the statement of a change; where the agent was killed before it had noted its end, before the next change. */
function expectDuring(time: number, made: readonly Made[], change: Made | undefined): void {
  const until = change?.to_ms ?? made[(change?.n ?? 0) + 1]?.from_ms ?? Date.now()
  expect(time).toBeGreaterThanOrEqual((change?.from_ms ?? 0) - 1)
  expect(time).toBeLessThanOrEqual(until + 1)
}

/** Each from the change that set its status to the one that set another. */
function phasesOf(made: readonly Made[]): Part[] {
  const begins = made.filter(({ status }, n) => status !== made[n - 1]?.status)
  return begins.slice(0, -1).map((from, n) => {
    const to = begins[n + 1] as Made
    return { name: from.status, from, to, tokens: to.tokens - from.tokens }
  })
}

/** Each from its first change to its last, with what was spent since the turn before. */
function turnsOf(made: readonly Made[]): Part[] {
  const begins = made.filter(({ turn }, n) => turn !== made[n - 1]?.turn)
  return begins.map((from, n) => {
    const to = made[(begins[n + 1]?.n ?? made.length) - 1] as Made
    return { name: 'turn', from, to, tokens: to.tokens - (made[from.n - 1]?.tokens ?? 0) }
  })
}

/** The changes that have a span of their own in the goal's trace: those that are sent at once. */
function ownSpansOf(made: readonly Made[]): string[] {
  return made.flatMap((change, n) => {
    if (change.span_id !== null) return []
    const name = nameOf(change, made[n - 1])
    return n === 0 || (name === 'set_goal_status' && FAILED.includes(change.status)) ? [name] : []
  })
}
