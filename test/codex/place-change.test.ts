import { describe, expect, it } from 'vitest'
import { CodexGoalIds } from '../../src/codex/codex-goal-change.ts'
import { readRollout } from '../../src/codex/codex-recording.ts'
import { placeChange } from '../../src/codex/place-change.ts'
import type { GoalSnapshot } from '../../src/event/goal-change.ts'

const GOAL: GoalSnapshot = {
  threadId: 't',
  goalId: 'g',
  status: 'active',
  tokenBudget: null,
  tokensUsed: 0,
  timeUsedSeconds: 0,
}

describe('the turn of a change', () => {
  it('of usage is the one that runs', () => {
    expect(place({ tokensUsed: 5 }, 1500, [META, turn(1000), ended(2000)])).toEqual(['turn 1000', 'recorded'])
    expect(place({ tokensUsed: 5 }, 2500, [META, turn(1000), ended(2000)])).toEqual([null, 'recorded'])
  })

  it('of a status that a client has set is none, though a turn runs', () => {
    const lines = [META, turn(1000), set(1501, { status: 'paused', updatedAt: 1 }), ended(2000)]
    expect(place({ status: 'paused' }, 1500, lines)).toEqual([null, 'recorded'])
  })

  it('is not told by the same status of another second', () => {
    const lines = [META, turn(1000), set(1501, { status: 'paused', updatedAt: 9 }), ended(2000)]
    expect(place({ status: 'paused' }, 1500, lines)).toEqual([null, 'inferred'])
  })

  it('of a status that a tool has set is the turn that called it', () => {
    const result = { status: 'complete', tokensUsed: 0, timeUsedSeconds: 0, updatedAt: 1 }
    const lines = [META, turn(1000), called(1400), returned(1600, { goal: result }), ended(2000)]
    expect(place({ status: 'complete' }, 1500, lines)).toEqual(['turn 1000', 'recorded'])
  })

  it('of a status that a failed turn leaves behind is that turn', () => {
    const lines = [META, turn(1000), ended(1501, { error: { codex_error_info: 'usage_limit_exceeded' } })]
    expect(place({ status: 'usage_limited' }, 1500, lines)).toEqual(['turn 1000', 'recorded'])
  })

  it('of a status that nothing explains is none, and inferred', () => {
    expect(place({ status: 'paused' }, 1500, [META, turn(1000), ended(2000)])).toEqual([null, 'inferred'])
  })

  it('of a status in a tool call that never returned, as its process died, is that turn, and inferred', () => {
    expect(place({ status: 'complete' }, 1500, [META, turn(1000), called(1400)])).toEqual(['turn 1000', 'inferred'])
  })

  it('is not one whose process died, once another turn or process follows', () => {
    const died = [META, turn(1000), called(1400)]
    expect(place({ tokensUsed: 5 }, 5000, [...died, turn(9000)])).toEqual([null, 'recorded'])
    expect(place({ tokensUsed: 5 }, 5000, [...died, META])).toEqual([null, 'recorded'])
    const idle = { status: 'active', tokensUsed: 5, updatedAt: 5 }
    expect(place({ tokensUsed: 5 }, 5000, [...died, set(5001, idle)])).toEqual([null, 'inferred'])
    expect(place({ tokensUsed: 5 }, 1300, [...died, turn(9000)])).toEqual(['turn 1000', 'recorded'])
  })
})

describe('what no rollout says', () => {
  it('is unknown, and the change inferred', () => {
    const { context, source, version } = placeChange({ before: null, after: GOAL, atMs: 1 }, undefined)
    expect({ context, source, version }).toEqual({
      context: {
        sessionId: 't',
        turnId: null,
        client: { id: 'unknown', rpcTransport: 'unknown' },
        threadSource: null,
        subagentSource: null,
        parentThreadId: null,
      },
      source: 'inferred',
      version: undefined,
    })
  })

  it("of a sub-agent's session is its parent's", () => {
    const spawned = {
      ...ROOT,
      session_id: undefined,
      source: { subagent: { thread_spawn: { parent_thread_id: 'root' } } },
    }
    const thread = readRollout(line(0, 'session_meta', spawned))
    const { context, source } = placeChange({ before: null, after: GOAL, atMs: 1 }, thread)
    expect(context).toMatchObject({ sessionId: 'root', parentThreadId: 'root', subagentSource: 'thread_spawn' })
    expect(source).toBe('inferred')
  })
})

it("a root thread's session is the thread itself, where an older version does not say it", () => {
  const thread = readRollout(line(0, 'session_meta', { ...ROOT, session_id: undefined }))
  const { context, source } = placeChange({ before: null, after: GOAL, atMs: 1 }, thread)
  expect([context.sessionId, source]).toEqual(['t', 'recorded'])
})

describe("a fork's rollout", () => {
  it("goes on with its parent's, which does not say whose it is", () => {
    const parent = { ...ROOT, id: 'parent', session_id: 'parent', originator: 'another' }
    const thread = readRollout([META, line(1, 'session_meta', parent)].join('\n'))
    const { context } = placeChange({ before: null, after: GOAL, atMs: 1 }, thread)
    expect(context).toMatchObject({ sessionId: 't', client: { id: 'codex-tui' } })
  })
})

describe('a goal whose row is copied to a fork', () => {
  const goals = new CodexGoalIds()
  const fork = { ...GOAL, threadId: 'fork' }
  goals.add(GOAL)

  it('is not created there', () => {
    expect(goals.isCopy({ before: null, after: fork })).toBe(true)
    expect(goals.isCopy({ before: null, after: GOAL })).toBe(false)
    expect(goals.isCopy({ before: null, after: { ...fork, goalId: 'another' } })).toBe(false)
  })

  it('goes on there', () => {
    expect(goals.isCopy({ before: fork, after: { ...fork, status: 'paused' } })).toBe(false)
    expect(goals.isCopy({ before: fork, after: null })).toBe(false)
  })
})

/** Turn and source of a change to GOAL. */
function place(after: Partial<GoalSnapshot>, atMs: number, lines: readonly string[]) {
  const { context, source } = placeChange(
    { before: GOAL, after: { ...GOAL, ...after }, atMs },
    readRollout(lines.join('\n')),
  )
  return [context.turnId, source]
}

const ROOT = { id: 't', session_id: 't', originator: 'codex-tui', cli_version: '0.171.0' }
const META = line(0, 'session_meta', ROOT)

function turn(atMs: number): string {
  return line(atMs, 'event_msg', { type: 'task_started', turn_id: `turn ${atMs}` })
}

function ended(atMs: number, more: object = {}): string {
  return line(atMs, 'event_msg', { type: 'task_complete', turn_id: 'turn 1000', ...more })
}

function called(atMs: number): string {
  return line(atMs, 'response_item', { type: 'function_call', name: 'update_goal', call_id: 'c' })
}

function returned(atMs: number, output: object): string {
  return line(atMs, 'response_item', { type: 'function_call_output', call_id: 'c', output: JSON.stringify(output) })
}

function set(atMs: number, goal: object): string {
  const whole = { tokensUsed: 0, timeUsedSeconds: 0, ...goal }
  return line(atMs, 'event_msg', { type: 'thread_goal_updated', threadId: 't', goal: whole })
}

function line(atMs: number, type: string, payload: object): string {
  return JSON.stringify({ timestamp: new Date(atMs).toISOString(), type, payload })
}
