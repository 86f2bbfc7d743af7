import { describe, expect, it } from 'vitest'
import type { FileGoals, GoalFiles } from '../../src/mapping/goal-files.ts'
import { changesIn, eventsOf } from './folded.ts'

const FIELDS = { goalId: 'id', status: 'status', tokensUsed: 'tokens' } as const

function lines(goals: Partial<FileGoals> | readonly FileGoals[], more: Partial<GoalFiles> = {}): GoalFiles {
  const kinds = 'length' in goals ? goals : [{ records: [{ where: {}, at: 'goal' }], fields: FIELDS, ...goals }]
  return { path: ['*.jsonl'], read: 'lines', thread: 'thread', goals: kinds, ...more }
}

function whole(goals: Partial<FileGoals>, more: Partial<GoalFiles> = {}): GoalFiles {
  return { path: ['*.json'], read: 'whole', goals: [{ fields: FIELDS, ...goals }], ...more }
}

const reported = (files: GoalFiles, values: readonly unknown[]) =>
  eventsOf(changesIn(files, values)).map(({ kind, goal, thread, status, tokens, seconds }) =>
    [thread, goal, kind, status, tokens ?? '-', seconds ?? '-'].join(' '),
  )

describe('a line', () => {
  it('of two extensions that share a type is reported by the one whose shape it has', () => {
    const first: FileGoals = {
      records: [{ where: { type: 'goal', 'data.kind': 'set' }, at: 'data.goal' }],
      fields: FIELDS,
    }
    const second: FileGoals = {
      records: [{ where: { type: 'goal', 'data.kind': null }, at: 'data' }],
      fields: { goalId: 'key', status: 'phase' },
      statuses: { ready: 'active', idle: 'cleared' },
    }
    const entries = [
      { thread: 't', type: 'goal', data: { kind: 'set', goal: { id: 'a', status: 'active', tokens: 1 } } },
      { thread: 't', type: 'goal', data: { key: 'b', phase: 'ready' } },
      { thread: 't', type: 'goal', data: { kind: 'fence', status: 'cleared', key: 'b' } },
      { thread: 't', type: 'goal', data: { key: 'b', phase: 'idle' } },
    ]
    expect(reported(lines([first, second]), entries)).toEqual([
      't a created active 1 -',
      't b created active - -',
      't b cleared active - -',
    ])
  })

  it("that belongs to another session, as a fork copies it, is not this session's", () => {
    const files = lines({ records: [{ where: { owner: { is: 'thread' } }, at: 'goal' }] })
    const goal = { id: 'a', status: 'active' }
    expect(reported(files, [{ thread: 't', owner: 'other', goal }])).toEqual([])
    expect(reported(files, [{ thread: 't', owner: 't', goal }])).toEqual(['t a created active - -'])
  })

  it('that says what has changed is of the same goal, or says nothing', () => {
    const files = lines({
      records: [
        { where: { is: 'set' }, at: 'goal' },
        { where: { is: 'patch' }, at: 'goal', merge: true, add: { 'usage.total': 'more' } },
      ],
      fields: { ...FIELDS, tokensUsed: 'usage.total' },
    })
    const line = (is: string, goal: object) => ({ thread: 't', is, goal })
    expect(
      reported(files, [
        line('patch', { id: 'a', more: 1 }),
        line('set', { id: 'a', status: 'active', usage: { total: 10 } }),
        line('patch', { more: 5 }),
        line('patch', { id: 'b', more: 100 }),
        line('patch', { id: 'a', status: 'paused', more: 0.5 }),
      ]),
    ).toEqual([
      't a created active 10 -',
      't a usage_accounted active 15 -',
      't a usage_accounted paused 15.5 -',
      't a status_changed paused 15.5 -',
    ])
  })

  it('with null where the goal is ends it, and one that has nothing there says nothing', () => {
    const entries = [{ thread: 't', goal: { id: 'a', status: 'active' } }, { thread: 't' }, { thread: 't', goal: null }]
    expect(reported(lines({}), entries)).toEqual(['t a created active - -', 't a cleared active - -'])
  })

  it('with null that only means that no goal is shown ends nothing, where the mapping says so', () => {
    const files = lines({
      records: [
        { where: { goal: { not: null } }, at: 'goal' },
        { where: { reason: ['cleared', 'aborted'] }, gone: true },
      ],
    })
    const entries = [
      { thread: 't', goal: { id: 'a', status: 'active' } },
      { thread: 't', goal: null },
      { thread: 't', reason: 'selected' },
    ]
    expect(reported(files, entries)).toEqual(['t a created active - -'])
    expect(reported(files, [...entries, { thread: 't', reason: 'aborted' }]).at(-1)).toBe('t a cleared active - -')
  })

  it('says which turn it is of, until that is over, and which model works', () => {
    const files = lines(
      { records: [{ where: { type: 'goal' }, at: 'goal' }] },
      {
        turn: { line: {}, at: 'context.turn', until: { cause: 'finished' } },
        model: { line: { type: 'model' }, at: 'name' },
      },
    )
    const goal = (tokens: number) => ({ type: 'goal', thread: 't', goal: { id: 'a', status: 'active', tokens } })
    const changes = changesIn(files, [
      { type: 'model', name: 'small' },
      { context: { turn: 'one' } },
      goal(1),
      { ...goal(2), cause: 'finished' },
      goal(3),
      { type: 'model', name: 'large' },
      { context: { turn: 'two' } },
      goal(4),
    ])
    expect(changes.map(({ turnId, change }) => [turnId, change.after?.model])).toEqual([
      ['one', 'small'],
      ['one', 'small'],
      [undefined, 'small'],
      ['two', 'large'],
    ])
  })

  it.each([
    ['timestamp', '2026-03-01T00:00:00.000Z'],
    ['timestamp', 1_772_323_200_000],
    [{ at: 'at', unit: 's' as const }, 1_772_323_200],
  ])('has its own time: %j %j', (time, value) => {
    const path = typeof time === 'string' ? time : time.at
    const [change] = changesIn(lines({}, { time }), [
      { thread: 't', [path]: value, goal: { id: 'a', status: 'active' } },
    ])
    expect(change?.atMs).toBe(Date.UTC(2026, 2, 1))
  })

  it.each(['yesterday', -5, 1e300, null, { a: 1 }])(
    'with a time that is none has the moment of reading: %j',
    (time) => {
      const [change] = changesIn(lines({}, { time: 'time' }), [
        { thread: 't', time, goal: { id: 'a', status: 'active' } },
      ])
      expect(change?.atMs).toBeUndefined()
    },
  )
})

describe('a goal', () => {
  const seconds = (timeUsedSeconds: FileGoals['fields']['timeUsedSeconds'], goal: object) =>
    changesIn(lines({ fields: { ...FIELDS, timeUsedSeconds } }), [
      { thread: 't', goal: { id: 'a', status: 'active', ...goal } },
    ])[0]?.change.after?.timeUsedSeconds

  it('has used seconds, whatever unit its file keeps them in', () => {
    expect(seconds('s', { s: 7.5 })).toBe(7.5)
    expect(seconds({ at: 'ms', unit: 'ms' }, { ms: 2750 })).toBe(2)
    expect(seconds({ from: 'a', to: 'b', unit: 's' }, { a: 100, b: 160 })).toBe(60)
    expect(
      seconds({ from: 'a', to: 'b', unit: 'ms' }, { a: '2026-01-01T00:00:00Z', b: '2026-01-01T00:01:00.900Z' }),
    ).toBe(60)
    expect(seconds({ from: 'a', to: 'b', less: 'off', unit: 'ms' }, { a: 1000, b: 9000, off: 3000 })).toBe(5)
    expect(seconds({ from: 'a', to: 'b', unit: 'ms' }, { a: 1000 })).toBe(0)
    expect(seconds({ from: 'a', to: 'b', unit: 'ms' }, { b: 1000 })).toBeUndefined()
    expect(seconds({ from: 'a', to: 'b', unit: 'ms' }, { a: 9000, b: 1000 })).toBe(0)
  })

  it('without an id is known by the time of its creation', () => {
    const files = lines({ fields: { ...FIELDS, goalId: { join: ['thread', 'createdAt'] } } })
    const goal = (createdAt: unknown) => ({ thread: 't', goal: { createdAt, status: 'active' } })
    expect(reported(files, [goal(1), goal(1), goal(2), goal(undefined)])).toEqual([
      't t@1 created active - -',
      't t@2 created active - -',
    ])
  })

  it('without anything that names it is counted, from its beginning to its end', () => {
    const files = lines({
      fields: { status: 'phase' },
      statuses: { ready: 'active', paused: 'paused', idle: 'cleared' },
    })
    const goal = (phase: string) => ({ thread: 't', goal: { phase } })
    expect(reported(files, [goal('idle'), goal('ready'), goal('paused'), goal('idle'), goal('ready')])).toEqual([
      't t#1 created active - -',
      't t#1 status_changed paused - -',
      't t#1 cleared paused - -',
      't t#2 created active - -',
    ])
  })

  it('has a status that depends on what else it says', () => {
    const files = lines({
      statuses: {
        paused: [{ when: { limited: true }, is: 'budget_limited' }, 'paused'],
        achieved: 'complete',
        running: 'active',
        draft: '?',
      },
    })
    const goal = (status: string, limited = false) => ({ thread: 't', goal: { id: 'a', status, limited } })
    const entries = [
      goal('draft'),
      goal('RUNNING'),
      goal('paused'),
      goal('paused', true),
      goal('unheard-of'),
      goal('achieved'),
    ]
    expect(reported(files, entries).map((event) => event.split(' ').slice(2, 4).join(' '))).toEqual([
      'status_changed active',
      'status_changed paused',
      'status_changed budget_limited',
      'status_changed complete',
    ])
  })

  it('has the first of several values that are there', () => {
    const files = lines({
      fields: { ...FIELDS, objective: ['approved.main', 'draft.main'], tokenBudget: ['limit', 'budget'] },
    })
    const [change] = changesIn(files, [
      { thread: 't', goal: { id: 'a', status: 'active', draft: { main: 'later' }, approved: null, limit: null } },
    ])
    expect(change?.change.after).toMatchObject({ objective: 'later', tokenBudget: null })
  })

  it('has only what its file says, not what every object has', () => {
    const files = lines({ fields: { ...FIELDS, goalId: ['constructor.name', 'toString.length', 'id'] } })
    expect(reported(files, [{ thread: 't', goal: { id: 'a', status: 'active' } }])).toEqual(['t a created active - -'])
  })

  it('whose thread nothing names is its own thread', () => {
    const { thread: _, ...files } = lines({})
    expect(reported(files, [{ goal: { id: 'a', status: 'active' } }])).toEqual(['a a created active - -'])
  })

  it('whose thread nothing names is one of many in a log', () => {
    const { thread: _, ...files } = lines({
      records: [
        { where: { is: 'set' }, at: 'goal' },
        { where: { is: 'patch' }, at: 'goal', merge: true },
        { where: { is: 'gone' }, gone: true },
      ],
    })
    const line = (is: string, id: string, more: object = {}) => ({ is, id, goal: { id, ...more } })
    expect(
      reported(files, [
        line('set', 'a', { status: 'active' }),
        line('set', 'b', { status: 'active' }),
        line('patch', 'a', { tokens: 5 }),
        line('gone', 'b'),
        line('patch', 'b', { tokens: 7 }),
        line('gone', 'c'),
        { is: 'gone' },
        { is: 'set', goal: null },
      ]),
    ).toEqual([
      'a a created active - -',
      'b b created active - -',
      'a a usage_accounted active 5 -',
      'b b cleared active - -',
    ])
  })
})

describe('a document', () => {
  it('is one goal, of the thread that its name, its folder or itself says', () => {
    const name = { name: 'ses_1', folder: 'project' }
    const threads = ([{ file: 'name' }, { file: 'folder' }, 'session'] as const).map(
      (thread) =>
        changesIn(whole({}, { thread }), [{ id: 'a', status: 'active', session: 's' }], name)[0]?.change.after
          ?.threadId,
    )
    expect(threads).toEqual(['ses_1', 'project', 's'])
  })

  it('has a list of goals, several of one thread, which may change their places', () => {
    const files = whole({ each: 'goals.*' }, { thread: 'thread' })
    const goal = (id: string, thread: string, tokens = 0) => ({ id, thread, status: 'active', tokens })
    expect(
      reported(files, [
        { goals: [goal('a', 't'), goal('b', 't'), goal('c', 'u')] },
        { goals: [goal('c', 'u', 1), goal('b', 't', 2)] },
        { goals: [goal('c', 'u', 1), goal('d', 't')] },
      ]),
    ).toEqual([
      't a created active 0 -',
      't b created active 0 -',
      'u c created active 0 -',
      't a cleared active 0 -',
      'u c usage_accounted active 1 -',
      't b usage_accounted active 2 -',
      't d created active 0 -',
    ])
  })
})
