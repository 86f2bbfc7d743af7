import { describe, expect, it } from 'vitest'
import type { Goal } from '../../src/goal/goal.ts'
import { type GoalCause, GoalRuntime } from '../../src/goal/goal-runtime.ts'
import { SqliteGoalStore, UnfinishedGoalError } from '../../src/goal/sqlite-goal-store.ts'
import { temporaryDatabase } from './temporary-database.ts'

/**
 * A runtime whose mutations are recorded as `thread/turn: status tokens seconds`, with the goal as it is after each.
 */
function runtime(parents: Record<string, string> = {}) {
  const { connect } = temporaryDatabase()
  const clock = { now: 5000 }
  const store = new SqliteGoalStore(connect(), { now: () => clock.now })
  const recorded: string[] = []
  const within = <T>(cause: GoalCause, mutate: () => T): T => {
    const result = mutate()
    const goal = store.get(cause.threadId)
    if (result !== null) recorded.push(`${cause.threadId}/${cause.turnId}: ${goal ? shown(goal) : 'cleared'}`)
    return result
  }
  const agent = new GoalRuntime(store, { now: () => clock.now, within, parentThreadId: (id) => parents[id] })
  return { agent, store, clock, recorded, others: () => new SqliteGoalStore(connect()) }
}

const shown = ({ status, tokensUsed, timeUsedSeconds }: Goal) => `${status} ${tokensUsed} ${timeUsedSeconds}`

/** Running totals of n responses, each of 100 input tokens, 20 of them cached, and 30 output tokens: 110 each. */
const responses = (n: number) => ({ inputTokens: 100 * n, cachedInputTokens: 20 * n, outputTokens: 30 * n })

describe('tokens', () => {
  it('of a turn without a goal belong to no goal', () => {
    const { agent, recorded } = runtime()
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.createGoal('t', { objective: 'a' })
    agent.tokenUsage('t', responses(3))
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/1: active 0 0', 't/1: active 220 0'])
  })

  it('answered by a cache do not count', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', { inputTokens: 500, cachedInputTokens: 500, outputTokens: 0 })
    agent.toolFinished('t', '1')
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/null: active 0 0'])
  })

  it('are never taken back when the totals fall', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(2))
    agent.toolFinished('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/null: active 0 0', 't/1: active 220 0'])
  })

  it('that are not a count are refused', () => {
    const { agent } = runtime()
    expect(() => agent.tokenUsage('t', { ...responses(1), outputTokens: Number.NaN })).toThrow(/outputTokens is NaN/)
    expect(() => agent.tokenUsage('t', { inputTokens: 1 } as never)).toThrow(TypeError)
  })

  it('reported before the first turn of a resumed thread are in the past', () => {
    const { agent, store, recorded } = runtime()
    store.create('t', { objective: 'a' })
    agent.tokenUsage('t', responses(40))
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(41))
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/1: active 110 0'])
  })
})

describe('time', () => {
  it('counts in whole seconds, and the rest of a second is carried over', () => {
    const { agent, clock, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    for (let i = 0; i < 4; i++) {
      clock.now += 600
      agent.toolFinished('t', '1')
    }
    expect(recorded).toEqual(['t/null: active 0 0', 't/1: active 0 1', 't/1: active 0 2'])
  })

  it('between turns is accounted at the next change from outside, to no turn', () => {
    const { agent, clock, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    clock.now += 3500
    agent.set('t', { objective: 'b' })
    clock.now += 2500
    agent.clear('t')
    expect(recorded).toEqual([
      't/null: active 0 0',
      't/null: active 0 3',
      't/null: active 0 3',
      't/null: active 0 6',
      't/null: cleared',
    ])
  })

  it('does not run while the goal is paused, nor after it is over its budget', () => {
    const { agent, clock, recorded } = runtime()
    agent.set('t', { objective: 'a', status: 'paused', tokenBudget: 100 })
    clock.now += 60_000
    agent.set('t', { status: 'active' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.toolFinished('t', '1')
    agent.turnEnded('t', '1')
    clock.now += 60_000
    agent.set('t', { tokenBudget: null })
    expect(recorded.at(-1)).toBe('t/null: budget_limited 110 0')
  })

  it('does not run while the goal is paused during a turn', () => {
    const { agent, clock, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.set('t', { status: 'paused' })
    clock.now += 60_000
    agent.set('t', { status: 'active' })
    clock.now += 1000
    agent.turnEnded('t', '1')
    expect(recorded.at(-1)).toBe('t/1: active 0 1')
  })

  it('is not counted where another process has paused the goal meanwhile', () => {
    const { agent, clock, recorded, others } = runtime()
    agent.set('t', { objective: 'a' })
    others().set('t', { status: 'paused' })
    clock.now += 60_000
    agent.set('t', { status: 'active' })
    clock.now += 1000
    agent.set('t', {})
    expect(recorded.slice(1)).toEqual(['t/null: active 0 0', 't/null: active 0 1', 't/null: active 0 1'])
  })

  it('is not counted for a turn that began while another process had the goal paused', () => {
    const { agent, clock, recorded, others } = runtime()
    agent.set('t', { objective: 'a' })
    others().set('t', { status: 'paused' })
    agent.turnStarted('t', '1')
    clock.now += 60_000
    others().set('t', { status: 'active' })
    agent.turnEnded('t', '1')
    agent.set('t', {})
    expect(recorded).toEqual(['t/null: active 0 0', 't/null: active 0 0'])
  })

  it('runs again when a process resumes the thread of an active goal', () => {
    const { agent, store, clock, recorded } = runtime()
    store.create('t', { objective: 'a' })
    store.set('p', { objective: 'a', status: 'budget_limited' })
    agent.threadResumed('t')
    agent.threadResumed('p')
    clock.now += 2000
    agent.set('t', {})
    agent.set('p', {})
    expect(recorded).toEqual(['t/null: active 0 2', 't/null: active 0 2', 'p/null: budget_limited 0 0'])
  })

  it('stands still while the clock goes back', () => {
    const { agent, clock, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    clock.now -= 4000
    agent.set('t', { status: 'paused' })
    expect(recorded).toEqual(['t/null: active 0 0', 't/null: paused 0 0'])
  })
})

describe('a turn in plan mode', () => {
  it('spends nothing on the goal, and no time runs after it until another turn works on it', () => {
    const { agent, clock, recorded } = runtime()
    agent.set('t', { objective: 'a', status: 'paused' })
    agent.turnStarted('t', '1', { planMode: true })
    agent.set('t', { status: 'active' })
    clock.now += 2000
    agent.tokenUsage('t', responses(1))
    agent.toolFinished('t', '1')
    agent.turnEnded('t', '1')
    clock.now += 2000
    agent.set('t', { objective: 'b' })
    clock.now += 2000
    agent.turnStarted('t', '2')
    clock.now += 1000
    agent.turnEnded('t', '2')
    expect(recorded).toEqual(['t/null: paused 0 0', 't/null: active 0 0', 't/null: active 0 0', 't/2: active 0 1'])
  })

  it.each(['usage_limit', 'other'] as const)('stops no goal where it fails: %s', (error) => {
    const { agent, store, recorded } = runtime()
    agent.turnStarted('t', '1', { planMode: true })
    agent.set('t', { objective: 'a' })
    agent.turnFailed('t', '1', error)
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/null: active 0 0'])
    expect(store.get('t')?.status).toBe('active')
  })
})

describe('a change from outside during a turn', () => {
  it('accounts the usage to the turn, and is itself caused by none', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.set('t', { status: 'paused' })
    agent.tokenUsage('t', responses(2))
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/null: active 0 0', 't/1: active 110 0', 't/null: paused 110 0'])
  })

  it('counts from there on where it makes the goal active', () => {
    const { agent, recorded } = runtime()
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.set('t', { objective: 'a' })
    agent.tokenUsage('t', responses(2))
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/null: active 0 0', 't/1: active 110 0'])
  })

  it('accounts nothing where it is refused', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    expect(() => agent.set('t', { tokenBudget: 0 })).toThrow(RangeError)
    expect(recorded).toEqual(['t/null: active 0 0'])
  })

  it('goes on counting where it brings the goal over its budget', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.set('t', { tokenBudget: 50 })
    agent.tokenUsage('t', responses(2))
    agent.turnEnded('t', '1')
    expect(recorded.slice(1)).toEqual([
      't/1: active 110 0',
      't/null: budget_limited 110 0',
      't/1: budget_limited 220 0',
    ])
  })

  it('clears the goal, and what the turn still spends is lost', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    expect(agent.clear('t')).toMatchObject({ tokensUsed: 110 })
    expect(agent.clear('t')).toBeNull()
    agent.tokenUsage('t', responses(2))
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/null: active 0 0', 't/1: active 110 0', 't/null: cleared'])
  })
})

describe('a turn that fails', () => {
  const failing = (error: 'usage_limit' | 'other', tokenBudget: number | null = null) => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a', tokenBudget })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.turnFailed('t', '1', error)
    agent.turnEnded('t', '1')
    return recorded.slice(1)
  }

  it('by a usage limit stops the goal', () => {
    expect(failing('usage_limit')).toEqual(['t/1: active 110 0', 't/1: usage_limited 110 0'])
  })

  it('by a usage limit also stops a goal that reached its budget', () => {
    expect(failing('usage_limit', 100)).toEqual(['t/1: budget_limited 110 0', 't/1: usage_limited 110 0'])
  })

  it('otherwise blocks the goal, unless it reached its budget', () => {
    expect(failing('other')).toEqual(['t/1: active 110 0', 't/1: blocked 110 0'])
    expect(failing('other', 100)).toEqual(['t/1: budget_limited 110 0'])
  })

  it('does not touch a goal that it did not work on', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a', status: 'paused' })
    agent.turnStarted('t', '1')
    agent.turnFailed('t', '1', 'other')
    agent.turnFailed('t', 'unknown', 'other')
    expect(recorded).toEqual(['t/null: paused 0 0'])
  })

  it('does not touch a goal that another process has stopped meanwhile', () => {
    const { agent, recorded, others, store } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    others().set('t', { status: 'complete' })
    agent.turnFailed('t', '1', 'other')
    expect(recorded).toEqual(['t/null: active 0 0'])
    expect(store.get('t')?.status).toBe('complete')
  })
})

describe('a model', () => {
  it('ends its goal after the usage before is accounted, and spends nothing on it any more', () => {
    const { agent, recorded } = runtime()
    agent.turnStarted('t', '1')
    agent.createGoal('t', { objective: 'a' })
    agent.tokenUsage('t', responses(1))
    expect(agent.updateGoal('t', 'complete')).toMatchObject({ status: 'complete', tokensUsed: 110 })
    agent.tokenUsage('t', responses(2))
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/1: active 0 0', 't/1: active 110 0', 't/1: complete 110 0'])
  })

  it.each([
    ['complete', 'complete', 'complete'],
    ['blocked', 'paused', 'blocked'],
    ['paused', 'usage_limited', 'paused'],
  ] as const)('has its usage counted when it says %s and another process said %s before', (status, before, after) => {
    const { agent, others, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    others().set('t', { status: before })
    agent.updateGoal('t', status)
    expect(recorded.slice(1)).toEqual([`t/1: ${before} 110 0`, `t/1: ${after} 110 0`])
  })

  it('creates no goal over an unfinished one, and ends none where there is none', () => {
    const { agent } = runtime()
    expect(agent.updateGoal('t', 'paused')).toBeNull()
    agent.createGoal('t', { objective: 'a' })
    expect(() => agent.createGoal('t', { objective: 'b' })).toThrow(UnfinishedGoalError)
    expect(() => agent.updateGoal('t', 'active' as never)).toThrow(/pass one of complete, blocked, paused/)
    expect(agent.getGoal('t')).toMatchObject({ objective: 'a', status: 'active' })
  })
})

describe('a turn', () => {
  it('that begins while another runs ends it', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.turnStarted('t', '2')
    agent.tokenUsage('t', responses(2))
    agent.turnEnded('t', '1')
    agent.turnEnded('t', '2')
    expect(recorded).toEqual(['t/null: active 0 0', 't/1: active 110 0', 't/2: active 220 0'])
  })

  it('that is not running is ignored', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.toolFinished('t', 'unknown')
    agent.turnEnded('t', 'unknown')
    agent.toolFinished('u', '1')
    expect(recorded).toEqual(['t/null: active 0 0'])
  })

  it('is accounted when its thread stops', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a' })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.threadStopped('t')
    agent.turnEnded('t', '1')
    expect(recorded).toEqual(['t/null: active 0 0', 't/1: active 110 0'])
  })

  it('that works on a goal over its budget goes on counting', () => {
    const { agent, recorded } = runtime()
    agent.set('t', { objective: 'a', tokenBudget: 100 })
    agent.turnStarted('t', '1')
    agent.tokenUsage('t', responses(1))
    agent.toolFinished('t', '1')
    agent.tokenUsage('t', responses(2))
    agent.turnEnded('t', '1')
    agent.turnStarted('t', '2')
    agent.tokenUsage('t', responses(3))
    agent.turnEnded('t', '2')
    expect(recorded.slice(1)).toEqual([
      't/1: budget_limited 110 0',
      't/1: budget_limited 220 0',
      't/2: budget_limited 330 0',
    ])
  })
})

describe('tokens of a sub-agent', () => {
  const parents = { child: 'root', grandchild: 'child' }

  it("without a goal count for the root's goal at the root's next accounting, under its turn", () => {
    const { agent, recorded } = runtime(parents)
    agent.set('root', { objective: 'a' })
    agent.turnStarted('root', '1')
    agent.tokenUsage('root', responses(1))
    agent.toolFinished('root', '1')
    agent.turnStarted('child', 'c1')
    agent.tokenUsage('child', { inputTokens: 1000, cachedInputTokens: 0, outputTokens: 1 })
    agent.toolFinished('child', 'c1')
    agent.tokenUsage('child', { inputTokens: 3000, cachedInputTokens: 0, outputTokens: 3 })
    agent.turnEnded('child', 'c1')
    agent.tokenUsage('root', responses(2))
    agent.toolFinished('root', '1')
    agent.tokenUsage('root', responses(3))
    agent.turnEnded('root', '1')
    expect(recorded).toEqual([
      'root/null: active 0 0',
      'root/1: active 110 0',
      'root/1: active 3223 0',
      'root/1: active 3333 0',
    ])
  })

  it('limit the goal that they bring over its budget', () => {
    const { agent, recorded } = runtime(parents)
    agent.set('root', { objective: 'a', tokenBudget: 150 })
    agent.turnStarted('root', '1')
    agent.turnStarted('grandchild', 'g1')
    agent.tokenUsage('grandchild', responses(2))
    agent.toolFinished('root', '1')
    expect(recorded.at(-1)).toBe('root/1: budget_limited 220 0')
  })

  it('that has its own goal count for that goal only', () => {
    const { agent, recorded } = runtime(parents)
    agent.set('root', { objective: 'a' })
    agent.turnStarted('root', '1')
    agent.turnStarted('child', 'c1')
    agent.createGoal('child', { objective: 'b' })
    agent.tokenUsage('child', responses(1))
    agent.turnEnded('child', 'c1')
    agent.turnEnded('root', '1')
    expect(recorded).toEqual(['root/null: active 0 0', 'child/c1: active 0 0', 'child/c1: active 110 0'])
  })

  it('spent while the root works on no goal belong to no goal', () => {
    const { agent, recorded } = runtime(parents)
    agent.turnStarted('root', '1')
    agent.turnStarted('child', 'c1')
    agent.tokenUsage('child', responses(1))
    agent.set('root', { objective: 'a' })
    agent.tokenUsage('child', responses(2))
    agent.turnEnded('root', '1')
    expect(recorded).toEqual(['root/null: active 0 0', 'root/1: active 110 0'])
  })

  it('that end between two turns of the root are accounted at the next one, or at a change from outside', () => {
    const { agent, recorded } = runtime(parents)
    agent.set('root', { objective: 'a' })
    agent.turnStarted('child', 'c1')
    agent.tokenUsage('child', responses(1))
    agent.turnStarted('root', '1')
    agent.turnEnded('root', '1')
    agent.tokenUsage('child', responses(2))
    agent.set('root', { status: 'paused' })
    expect(recorded.slice(1)).toEqual(['root/1: active 110 0', 'root/null: active 220 0', 'root/null: paused 220 0'])
  })

  it('stay with a thread whose parents form a cycle', () => {
    const { agent, recorded } = runtime({ a: 'b', b: 'a', c: 'b' })
    agent.set('b', { objective: 'x' })
    agent.turnStarted('b', '1')
    for (const thread of ['a', 'c']) {
      agent.turnStarted(thread, '1')
      agent.tokenUsage(thread, responses(1))
    }
    agent.turnEnded('b', '1')
    expect(recorded).toEqual(['b/null: active 0 0'])
  })
})
