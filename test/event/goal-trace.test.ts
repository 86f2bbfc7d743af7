import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PendingOpenGoals } from '../../src/delivery/pending-open-goals.ts'
import { followGoal } from '../../src/event/follow-goal.ts'
import type { GoalChange, GoalSnapshot } from '../../src/event/goal-change.ts'
import type { GoalTraceSpan } from '../../src/event/goal-trace-spans.ts'
import { type Moment, type OpenGoal, slotsOf } from '../../src/event/open-goal.ts'
import { GOAL_STATUSES, type GoalStatus } from '../../src/goal/goal.ts'

interface Step {
  readonly thread: number
  readonly what: GoalStatus | 'spend' | 'create' | 'clear'
  readonly turn: number | undefined
  /** Milliseconds since the step before: the clock may be set back. */
  readonly later: number
  readonly tokens: number
}

const STEPS = fc.array(
  fc.record<Step>({
    thread: fc.integer({ min: 0, max: 1 }),
    what: fc.constantFrom('spend', 'spend', 'create', 'clear', ...GOAL_STATUSES),
    turn: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
    later: fc.integer({ min: -50, max: 5000 }),
    tokens: fc.integer({ min: 0, max: 999 }),
  }),
  { maxLength: 60 },
)

/** A goal that is complete, is resumed, and is complete again. */
const RESUMED = (['create', 'complete', 'active', 'complete'] as const).map(
  (what): Step => ({ thread: 0, what, turn: undefined, later: 1, tokens: 0 }),
)

/** A committed change, as a drain hands it on. */
interface Made {
  readonly change: GoalChange
  readonly moment: Moment
}

/** What a table of one goal a thread does, change by change. */
function history(steps: readonly Step[]): Made[] {
  const goals = new Map<number, GoalSnapshot>()
  let atMs = 1_790_000_000_000
  let count = 0
  return steps.flatMap(({ thread, what, turn, later, tokens }, at) => {
    atMs += later
    const before = goals.get(thread) ?? null
    const after = next(before, what, tokens, () => ({ threadId: `t${thread}`, goalId: `g${count++}` }))
    if (after === before) return []
    if (after) goals.set(thread, after)
    else goals.delete(thread)
    const known = turn === undefined ? {} : { turnId: `turn ${turn}` }
    return [{ change: { before, after }, moment: { uid: `uid ${at}`, atMs, known } }]
  })
}

function next(
  goal: GoalSnapshot | null,
  what: Step['what'],
  tokens: number,
  ids: () => { threadId: string; goalId: string },
): GoalSnapshot | null {
  if (what === 'create') return { ...ids(), status: 'active', tokenBudget: 1000, tokensUsed: 0, timeUsedSeconds: 0 }
  if (goal === null || what === 'clear') return null
  if (what !== 'spend') return goal.status === what ? goal : { ...goal, status: what }
  return { ...goal, tokensUsed: (goal.tokensUsed ?? 0) + tokens, timeUsedSeconds: (goal.timeUsedSeconds ?? 0) + 1 }
}

class Followed {
  readonly spans: GoalTraceSpan[] = []
  /** As JSON, which is how they are kept. */
  readonly openGoals = new Map<string, string>()

  take({ change, moment }: Made): void {
    const slotOf = (key: string) => {
      const kept = this.openGoals.get(key)
      return {
        open: kept === undefined ? undefined : (JSON.parse(kept) as OpenGoal),
        set: (open: OpenGoal | undefined) =>
          void (open ? this.openGoals.set(key, JSON.stringify(open)) : this.openGoals.delete(key)),
      }
    }
    this.spans.push(...followGoal(slotsOf({ slotOf }, 'goals', change), change, moment))
  }
}

function followed(changes: readonly Made[]): Followed {
  const result = new Followed()
  for (const one of changes) result.take(one)
  return result
}

const isPhase = ({ name }: GoalTraceSpan) => (GOAL_STATUSES as readonly string[]).includes(name)

describe('the trace of a goal', () => {
  it('has phases that cover its time from creation to end, without a gap, whatever happens to it', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const { spans } = followed(history(steps))
        for (const root of spans.filter(({ name }) => name === 'goal')) {
          const children = spans.filter(({ parentId }) => parentId === root.spanId)
          const phases = children.filter(isPhase)
          let at = root.startMs
          for (const phase of phases) {
            expect(phase.startMs).toBe(at)
            expect(phase.endMs).toBeGreaterThanOrEqual(at)
            at = phase.endMs
          }
          expect(at).toBe(root.endMs)
          for (const { traceId, startMs, endMs } of children) {
            expect(traceId).toBe(root.traceId)
            expect(startMs).toBeGreaterThanOrEqual(root.startMs)
            expect(endMs).toBeLessThanOrEqual(root.endMs)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('has turns one after the other, none twice', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const { spans } = followed(history(steps))
        for (const root of new Set(spans.map(({ parentId }) => parentId))) {
          const turns = spans.filter(({ name, parentId }) => name === 'turn' && parentId === root)
          for (const [at, { startMs }] of turns.entries()) {
            if (at > 0) expect(startMs).toBeGreaterThanOrEqual(turns[at - 1]?.endMs ?? 0)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is the same where another process goes on with it, and no id has two contents', () => {
    fc.assert(
      fc.property(STEPS, fc.nat(), (steps, place) => {
        const changes = history(steps)
        const whole = followed(changes)
        // A process dies after it has sent spans, and before it has kept how far it is.
        const at = place % (changes.length + 1)
        const first = followed(changes.slice(0, at))
        const kept = followed(changes.slice(0, Math.floor(at / 2)))
        kept.spans.length = 0
        for (const one of changes.slice(Math.floor(at / 2))) kept.take(one)
        const contents = new Map<string, string>()
        for (const span of [...first.spans, ...kept.spans]) {
          const known = contents.get(span.spanId)
          if (known !== undefined) expect(JSON.stringify(span)).toBe(known)
          contents.set(span.spanId, JSON.stringify(span))
        }
        expect([...contents.values()].sort()).toEqual(whole.spans.map((span) => JSON.stringify(span)).sort())
      }),
      { numRuns: 500 },
    )
  })

  it('gives no id two contents, however often the state directory is lost', () => {
    fc.assert(
      fc.property(STEPS, fc.array(fc.nat(59), { maxLength: 4 }), (steps, losses) => {
        const result = new Followed()
        for (const [at, one] of history(steps).entries()) {
          if (losses.includes(at)) result.openGoals.clear()
          result.take(one)
        }
        const ids = result.spans.map(({ spanId }) => spanId)
        expect(ids.length).toBe(new Set(ids).size)
      }),
      { numRuns: 500, examples: [[RESUMED, [1, 3]]] },
    )
  })

  it('is kept as it is, batch by batch, though a drain puts only what has changed of it into text', () => {
    fc.assert(
      fc.property(STEPS, fc.integer({ min: 1, max: 9 }), (steps, size) => {
        const changes = history(steps)
        const kept = new Map<string, string>()
        const openGoals = new PendingOpenGoals()
        openGoals.start((key) => kept.get(key))
        for (let at = 0; at < changes.length; at += size) {
          for (const { change, moment } of changes.slice(at, at + size)) {
            followGoal(slotsOf(openGoals, 'goals', change), change, moment)
          }
          for (const [key, goal] of openGoals.take()) goal === null ? kept.delete(key) : kept.set(key, goal)
          const whole = followed(changes.slice(0, at + size)).openGoals
          const parsed = (goals: ReadonlyMap<string, string>) =>
            new Map([...goals].map(([key, goal]) => [key, JSON.parse(goal)]))
          expect(parsed(kept)).toEqual(parsed(whole))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is kept in as little after a hundred thousand changes as after ten', () => {
    const one = history([{ thread: 0, what: 'create', turn: 0, later: 0, tokens: 0 }])
    const spends = (count: number) =>
      history([
        { thread: 0, what: 'create', turn: 0, later: 0, tokens: 0 },
        ...Array.from({ length: count }, () => ({ thread: 0, what: 'spend', turn: 0, later: 1, tokens: 7 }) as const),
      ])
    const kept = (changes: readonly Made[]) => JSON.stringify([...followed(changes).openGoals])
    const butForNumbers = (text: string) => text.replace(/\d+/g, 'N')
    expect(butForNumbers(kept(spends(100_000)))).toBe(butForNumbers(kept(spends(10))))
    expect(kept(one).length).toBeLessThan(700)
  })

  it('fails only where the agent could not go on', () => {
    const spans = followed(
      history([
        { thread: 0, what: 'create', turn: undefined, later: 0, tokens: 0 },
        { thread: 0, what: 'blocked', turn: undefined, later: 10, tokens: 0 },
        { thread: 0, what: 'active', turn: undefined, later: 10, tokens: 0 },
        { thread: 0, what: 'complete', turn: undefined, later: 10, tokens: 0 },
      ]),
    ).spans
    expect(spans.map(({ name, failure }) => [name, failure !== undefined])).toEqual([
      ['active', false],
      ['blocked', true],
      ['active', false],
      ['goal', false],
    ])
  })

  it('marks what was not seen: its beginning, and a status that somebody else has changed', () => {
    const goal: GoalSnapshot = { threadId: 't', goalId: 'g', status: 'active', tokensUsed: 5 }
    const change = (before: GoalStatus, after: GoalStatus, atMs: number): Made => ({
      change: { before: { ...goal, status: before }, after: { ...goal, status: after } },
      moment: { uid: `uid ${atMs}`, atMs, known: {} },
    })
    const { spans } = followed([
      change('active', 'paused', 1000),
      change('paused', 'active', 2000),
      change('blocked', 'complete', 3000),
    ])
    expect(spans.map(({ name, startMs, endMs, attributes }) => [name, startMs, endMs, marks(attributes)])).toEqual([
      ['paused', 1000, 2000, []],
      ['active', 2000, 3000, ['agent_goal.end_unseen']],
      ['goal', 1000, 3000, ['agent_goal.begin_unseen']],
    ])
  })

  const marks = (attributes: object) => Object.keys(attributes).filter((name) => name.endsWith('_unseen'))
})
