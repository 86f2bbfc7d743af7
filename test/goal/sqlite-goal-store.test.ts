import type Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { SqliteGoalStore, UnfinishedGoalError } from '../../src/goal/sqlite-goal-store.ts'
import { temporaryDatabase } from './temporary-database.ts'

function store(options?: Database.Options) {
  const { file, connect } = temporaryDatabase()
  const database = connect(options)
  const clock = { now: 1000 }
  /** What another process sees. */
  const committed = () => connect({ readonly: true }).prepare('SELECT * FROM thread_goals').all()
  return { goals: new SqliteGoalStore(database, { now: () => clock.now }), clock, database, connect, committed, file }
}

describe('a goal set on a thread without one', () => {
  it('is inserted with its own id and no usage', () => {
    const { goals, committed } = store()
    const goal = goals.set('t', { objective: '  Write the note \n', status: 'paused', tokenBudget: 100 })
    expect(goal).toEqual({
      threadId: 't',
      goalId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      objective: 'Write the note',
      status: 'paused',
      tokenBudget: 100,
      tokensUsed: 0,
      timeUsedSeconds: 0,
      createdAtMs: 1000,
      updatedAtMs: 1000,
    })
    expect(committed()).toEqual([
      {
        thread_id: 't',
        goal_id: goal?.goalId,
        objective: 'Write the note',
        status: 'paused',
        token_budget: 100,
        tokens_used: 0,
        time_used_seconds: 0,
        created_at_ms: 1000,
        updated_at_ms: 1000,
      },
    ])
  })

  it('is active and without a budget by default', () => {
    expect(store().goals.set('t', { objective: 'a' })).toMatchObject({ status: 'active', tokenBudget: null })
  })

  it('is not inserted without an objective, or where another goal is expected', () => {
    const { goals, committed } = store()
    expect(goals.set('t', { status: 'active' })).toBeNull()
    expect(goals.set('t', { objective: 'a' }, { goalId: 'g' })).toBeNull()
    expect(goals.set('t', { objective: 'a' }, { statuses: ['active'] })).toBeNull()
    expect(committed()).toEqual([])
  })
})

describe('a goal set on a thread with one', () => {
  it('keeps its id, its usage and the time of its creation, even with a new objective', () => {
    const { goals, clock } = store()
    const before = goals.set('t', { objective: 'a', tokenBudget: 50 })
    goals.accountUsage('t', { tokens: 10, seconds: 2 })
    clock.now = 2000
    expect(goals.set('t', { objective: 'b', status: 'blocked' })).toEqual({
      ...before,
      objective: 'b',
      status: 'blocked',
      tokensUsed: 10,
      timeUsedSeconds: 2,
      updatedAtMs: 2000,
    })
  })

  it('goes on with its usage when a complete goal becomes active again', () => {
    const { goals } = store()
    const { goalId } = goals.create('t', { objective: 'a' })
    goals.accountUsage('t', { tokens: 10, seconds: 0 })
    goals.set('t', { status: 'complete' })
    expect(goals.set('t', { objective: 'b', status: 'active' })).toMatchObject({ goalId, tokensUsed: 10 })
  })

  it('stays budget-limited when it is paused or blocked, and takes every other status', () => {
    const { goals } = store()
    goals.set('t', { objective: 'a', status: 'budget_limited' })
    expect(goals.set('t', { status: 'paused' })?.status).toBe('budget_limited')
    expect(goals.set('t', { status: 'blocked', objective: 'b' })?.status).toBe('budget_limited')
    for (const status of ['complete', 'usage_limited', 'paused', 'blocked', 'active'] as const) {
      expect(goals.set('t', { status })?.status).toBe(status)
    }
  })

  it('becomes budget-limited instead of active where its usage reaches the budget', () => {
    const { goals } = store()
    goals.set('t', { objective: 'a', tokenBudget: 1000 })
    goals.accountUsage('t', { tokens: 100, seconds: 0 })
    expect(goals.set('t', { tokenBudget: 101 })?.status).toBe('active')
    expect(goals.set('t', { tokenBudget: 100 })?.status).toBe('budget_limited')
    expect(goals.set('t', { status: 'active' })?.status).toBe('budget_limited')
    expect(goals.set('t', { status: 'active', tokenBudget: 101 })).toMatchObject({ status: 'active', tokenBudget: 101 })
  })

  it('does not become budget-limited by a lower budget unless it is active', () => {
    const { goals } = store()
    goals.create('t', { objective: 'a' })
    goals.accountUsage('t', { tokens: 100, seconds: 0 })
    goals.set('t', { status: 'paused' })
    expect(goals.set('t', { tokenBudget: 1 })?.status).toBe('paused')
  })

  it('loses its budget by null and keeps it where none is given', () => {
    const { goals } = store()
    goals.set('t', { objective: 'a', tokenBudget: 10 })
    expect(goals.set('t', { objective: 'b' })?.tokenBudget).toBe(10)
    expect(goals.set('t', { tokenBudget: null })?.tokenBudget).toBeNull()
  })

  it('is not written by an empty update', () => {
    const { goals, clock, database } = store()
    const goal = goals.create('t', { objective: 'a' })
    clock.now = 2000
    const changes = () => database.prepare('SELECT total_changes() AS n').get()
    const before = changes()
    expect(goals.set('t', {})).toEqual(goal)
    expect(changes()).toEqual(before)
  })
})

describe('usage', () => {
  it('adds up, and limits an active goal in the write that reaches its budget', () => {
    const { goals } = store()
    goals.create('t', { objective: 'a', tokenBudget: 200 })
    expect(goals.accountUsage('t', { tokens: 199, seconds: 3 })).toMatchObject({ status: 'active', tokensUsed: 199 })
    expect(goals.accountUsage('t', { tokens: 1, seconds: 0 })).toMatchObject({
      status: 'budget_limited',
      tokensUsed: 200,
      timeUsedSeconds: 3,
    })
    expect(goals.accountUsage('t', { tokens: 5, seconds: 1 })).toMatchObject({ tokensUsed: 205, timeUsedSeconds: 4 })
  })

  it('touches only goals in the statuses that the caller allows', () => {
    const { goals, committed } = store()
    goals.create('t', { objective: 'a' })
    goals.set('t', { status: 'complete' })
    const before = committed()
    expect(goals.accountUsage('t', { tokens: 1, seconds: 0 })).toBeNull()
    expect(goals.accountUsage('t', { tokens: 1, seconds: 0 }, { statuses: [] })).toBeNull()
    expect(committed()).toEqual(before)
    const allowed = { statuses: ['active', 'complete'] as const }
    expect(goals.accountUsage('t', { tokens: 1, seconds: 0 }, allowed)).toMatchObject({ tokensUsed: 1 })
  })

  it('writes nothing where there is none', () => {
    const { goals, clock, committed } = store()
    goals.create('t', { objective: 'a' })
    const before = committed()
    clock.now = 2000
    expect(goals.accountUsage('t', { tokens: 0, seconds: 0 })).toBeNull()
    expect(committed()).toEqual(before)
  })

  it('stops at the largest integer that can be read again', () => {
    const { goals } = store()
    goals.create('t', { objective: 'a', tokenBudget: Number.MAX_SAFE_INTEGER })
    goals.accountUsage('t', { tokens: Number.MAX_SAFE_INTEGER - 1, seconds: 0 })
    expect(goals.get('t')).toMatchObject({ status: 'active', tokensUsed: Number.MAX_SAFE_INTEGER - 1 })
    goals.accountUsage('t', { tokens: Number.MAX_SAFE_INTEGER, seconds: 0 })
    expect(goals.get('t')).toMatchObject({ status: 'budget_limited', tokensUsed: Number.MAX_SAFE_INTEGER })
  })
})

describe('a goal created', () => {
  it('replaces a complete one under a new id, with no usage', () => {
    const { goals, clock } = store()
    const old = goals.create('t', { objective: 'a', tokenBudget: 5 })
    goals.accountUsage('t', { tokens: 5, seconds: 1 })
    goals.set('t', { status: 'complete' })
    clock.now = 2000
    const goal = goals.create('t', { objective: 'b' })
    expect(goal.goalId).not.toBe(old.goalId)
    expect(goal).toMatchObject({
      status: 'active',
      tokenBudget: null,
      tokensUsed: 0,
      timeUsedSeconds: 0,
      createdAtMs: 2000,
    })
    expect(goals.list()).toEqual([goal])
  })

  it.each(['active', 'paused', 'blocked', 'usage_limited', 'budget_limited'] as const)(
    'is refused over one that is %s',
    (status) => {
      const { goals, committed } = store()
      goals.set('t', { objective: 'a', status })
      const before = committed()
      expect(() => goals.create('t', { objective: 'b' })).toThrow(UnfinishedGoalError)
      expect(committed()).toEqual(before)
    },
  )
})

describe('a goal cleared', () => {
  it('is returned as it was, once', () => {
    const { goals, committed } = store()
    goals.create('t', { objective: 'a' })
    const last = goals.accountUsage('t', { tokens: 7, seconds: 1 })
    expect(goals.clear('t')).toEqual(last)
    expect(goals.clear('t')).toBeNull()
    expect(committed()).toEqual([])
  })
})

describe('goals of several threads', () => {
  it('are listed by their age and changed one by one', () => {
    const { goals, clock } = store()
    goals.create('b', { objective: 'first' })
    clock.now = 2000
    goals.create('a', { objective: 'second' })
    goals.accountUsage('a', { tokens: 1, seconds: 0 })
    expect(goals.list().map(({ threadId, tokensUsed }) => [threadId, tokensUsed])).toEqual([
      ['b', 0],
      ['a', 1],
    ])
    expect(goals.get('c')).toBeNull()
  })
})

describe('input that no goal can have', () => {
  const refused: [string, (goals: SqliteGoalStore) => unknown, typeof TypeError | typeof RangeError, RegExp][] = [
    [
      'an empty objective',
      (goals) => goals.set('t', { objective: ' \n ' }),
      RangeError,
      /set: objective is empty; pass 1/,
    ],
    ['4001 characters', (goals) => goals.set('t', { objective: 'x'.repeat(4001) }), RangeError, /4001 characters long/],
    [
      'an objective that is not a text',
      (goals) => goals.create('u', { objective: 5 as never }),
      TypeError,
      /objective is 5/,
    ],
    ['no objective', (goals) => goals.create('u', {} as never), TypeError, /objective is undefined/],
    ['a budget of 0', (goals) => goals.set('t', { tokenBudget: 0 }), RangeError, /tokenBudget is 0/],
    [
      'a budget below 0',
      (goals) => goals.create('u', { objective: 'a', tokenBudget: -5 }),
      RangeError,
      /create: tokenBudget is -5/,
    ],
    ['half a token', (goals) => goals.set('t', { tokenBudget: 1.5 }), RangeError, /1\.5/],
    ['an unsafe budget', (goals) => goals.set('t', { tokenBudget: 2 ** 53 }), RangeError, /9007199254740992/],
    [
      'a budget that is not a number',
      (goals) => goals.set('t', { tokenBudget: '9' as never }),
      TypeError,
      /tokenBudget is '9'/,
    ],
    [
      'an unknown status',
      (goals) => goals.set('t', { status: 'bogus' as never }),
      RangeError,
      /'bogus'; pass one of active/,
    ],
    ['an unknown status expected', (goals) => goals.clear('t', { statuses: ['done' as never] }), RangeError, /'done'/],
    [
      'a goal id that is not a text',
      (goals) => goals.clear('t', { goalId: null as never }),
      TypeError,
      /goalId is null/,
    ],
    ['negative tokens', (goals) => goals.accountUsage('t', { tokens: -1, seconds: 0 }), RangeError, /tokens is -1/],
    [
      'seconds that are not a number',
      (goals) => goals.accountUsage('t', { tokens: 1, seconds: Number.NaN }),
      RangeError,
      /NaN/,
    ],
    [
      'tokens that are not a number',
      (goals) => goals.accountUsage('t', { tokens: 1n as never, seconds: 0 }),
      TypeError,
      /tokens is 1/,
    ],
    ['no thread', (goals) => goals.get(''), TypeError, /get: threadId is ''/],
  ]

  it.each(refused)('is refused and writes nothing: %s', (_, mutate, type, message) => {
    const { goals, committed } = store()
    goals.create('t', { objective: 'a', tokenBudget: 10 })
    const before = committed()
    expect(() => mutate(goals)).toThrow(type)
    expect(() => mutate(goals)).toThrow(message)
    expect(committed()).toEqual(before)
  })

  it('begins after 4000 characters, of which an emoji is one', () => {
    const { goals } = store()
    expect(goals.create('t', { objective: `  ${'🎯'.repeat(4000)}  ` }).objective).toBe('🎯'.repeat(4000))
  })
})

describe('two processes on one file', () => {
  it('lose no usage of each other', () => {
    const { goals, connect } = store()
    const others = new SqliteGoalStore(connect())
    goals.create('t', { objective: 'a', tokenBudget: 100 })
    for (let i = 0; i < 25; i++) {
      goals.accountUsage('t', { tokens: 1, seconds: 0 })
      others.accountUsage('t', { tokens: 3, seconds: 1 })
    }
    expect(goals.get('t')).toMatchObject({ tokensUsed: 100, timeUsedSeconds: 25, status: 'budget_limited' })
    expect(others.get('t')).toEqual(goals.get('t'))
  })

  it('do not touch a goal that the other one has replaced, or whose status it has changed', () => {
    const { goals, connect } = store()
    const others = new SqliteGoalStore(connect())
    const { goalId } = goals.create('t', { objective: 'a' })
    others.set('t', { status: 'complete' })
    expect(goals.set('t', { status: 'blocked' }, { goalId, statuses: ['active'] })).toBeNull()
    const theirs = others.create('t', { objective: 'b' })
    expect(goals.accountUsage('t', { tokens: 1, seconds: 1 }, { goalId })).toBeNull()
    expect(goals.set('t', { status: 'paused' }, { goalId })).toBeNull()
    expect(goals.set('t', { objective: 'c' }, { goalId })).toBeNull()
    expect(goals.clear('t', { goalId })).toBeNull()
    expect(goals.get('t')).toEqual(theirs)
  })

  it('create one goal where both try', () => {
    const { goals, connect } = store()
    const others = new SqliteGoalStore(connect())
    const goal = goals.create('t', { objective: 'a' })
    expect(() => others.create('t', { objective: 'b' })).toThrow(UnfinishedGoalError)
    expect(others.get('t')).toEqual(goal)
  })
})

describe('a file that is busy', () => {
  it.each(['WAL', 'DELETE'])('throws and writes nothing while another process writes (%s)', (mode) => {
    const { goals, database, connect, committed } = store({ timeout: 0 })
    database.pragma(`journal_mode = ${mode}`)
    goals.create('t', { objective: 'a' })
    const other = connect()
    other.exec('BEGIN IMMEDIATE')
    expect(() => goals.accountUsage('t', { tokens: 1, seconds: 0 })).toThrow(/locked/)
    other.exec('COMMIT')
    expect(committed()).toMatchObject([{ tokens_used: 0 }])
  })

  it('throws where the commit fails because another process reads', () => {
    const { goals, connect, committed } = store({ timeout: 0 })
    goals.create('t', { objective: 'a' })
    goals.create('u', { objective: 'a' })
    const reading = connect().prepare('SELECT * FROM thread_goals').iterate()
    reading.next()
    expect(() => goals.accountUsage('t', { tokens: 1, seconds: 0 })).toThrow(/locked/)
    reading.return?.()
    expect(committed()).toMatchObject([{ tokens_used: 0 }, { tokens_used: 0 }])
  })
})

describe("the caller's connection", () => {
  it('may read integers as bigints', () => {
    const { connect } = temporaryDatabase()
    const database = connect()
    database.defaultSafeIntegers(true)
    const goals = new SqliteGoalStore(database, { now: () => 1_795_346_004_813 })
    goals.create('t', { objective: 'a', tokenBudget: 20 })
    expect(goals.accountUsage('t', { tokens: 20, seconds: 1 })).toMatchObject({
      status: 'budget_limited',
      tokenBudget: 20,
      tokensUsed: 20,
      timeUsedSeconds: 1,
      createdAtMs: 1_795_346_004_813,
    })
  })

  it("takes the store's changes into its own transaction", () => {
    const { goals, database, committed } = store()
    goals.create('t', { objective: 'a' })
    const work = database.transaction(() => {
      goals.accountUsage('t', { tokens: 1, seconds: 0 })
      goals.create('u', { objective: 'b' })
      throw new Error('rolled back')
    })
    expect(work).toThrow('rolled back')
    expect(committed()).toMatchObject([{ thread_id: 't', tokens_used: 0 }])
  })

  it('may already have the table of Codex', () => {
    const { goals, connect } = store()
    const goal = goals.create('t', { objective: 'a' })
    expect(new SqliteGoalStore(connect({ readonly: true })).list()).toEqual([goal])
  })

  it('has integers in the columns of integers', () => {
    const { goals, database } = store()
    goals.create('t', { objective: 'a', tokenBudget: 5 })
    goals.accountUsage('t', { tokens: 1, seconds: 1 })
    const types = `SELECT DISTINCT typeof(token_budget) AS type, typeof(tokens_used) AS used, typeof(time_used_seconds) AS time,
      typeof(created_at_ms) AS created, typeof(updated_at_ms) AS updated FROM thread_goals`
    expect(new Set(Object.values(database.prepare(types).get() as object))).toEqual(new Set(['integer']))
  })
})
