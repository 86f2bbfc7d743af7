import { copyFileSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { goalEvents } from '../../src/event/goal-event.ts'
import { linesIn } from '../../src/files/file-lines.ts'
import { LogLines } from '../../src/files/log-lines.ts'
import { firstLogMark } from '../../src/files/log-mark.ts'
import { QWEN_CODE } from '../../src/files/presets/qwen-code.ts'
import type { GoalFiles } from '../../src/mapping/goal-files.ts'
import { json, LOGS, Watching } from './watching.ts'

const FILE = 'sessions/w/one.jsonl'
const [KIND] = LOGS.goals
const TREE: GoalFiles = { ...LOGS, goals: LOGS.goals.map((one) => ({ ...one, branch: 'parentId' })) }
/** As TREE, but for a second kind of goals, which do not go back. */
const TWO: GoalFiles = {
  ...TREE,
  goals: [
    ...TREE.goals,
    { records: [{ where: { type: 'custom', customType: 'other' }, at: 'data.goal' }], fields: KIND?.fields ?? never() },
  ],
}

function never(): never {
  throw new Error('LOGS has a kind of goals')
}

/** A session of which each line goes on from another. */
class Tree {
  readonly watching: Watching
  readonly #file: string
  #count = 0
  #leaf: string | null = null

  constructor(watching: Watching, file = FILE) {
    this.watching = watching
    this.#file = file
    watching.write(file, json({ type: 'session', version: 3, id: 's', timestamp: this.#time() }))
  }

  /** The next lines go on from there; from the beginning without an id. */
  back(id: string | null): this {
    this.#leaf = id
    return this
  }

  add(line: object): string {
    const id = `l${++this.#count}`
    this.watching.append(this.#file, json({ ...line, id, parentId: this.#leaf, timestamp: this.#time() }))
    this.#leaf = id
    return id
  }

  say(): string {
    return this.add({ type: 'message', message: { role: 'user', content: 'HERON' } })
  }

  set(goalId: string, status = 'active', tokensUsed = 0, customType = 'goal'): string {
    const goal = { goalId, status, tokensUsed }
    return this.add({ type: 'custom', customType, data: { action: 'set', goal } })
  }

  usage(goalId: string, tokensUsed: number): string {
    return this.add({ type: 'custom', customType: 'goal', data: { action: 'usage', goalId, tokensUsed } })
  }

  clear(): string {
    return this.add({ type: 'custom', customType: 'goal', data: { action: 'clear' } })
  }

  #time(): string {
    return new Date(Date.UTC(2026, 0, 1) + this.#count * 1000).toISOString()
  }
}

function followed(files = TREE): Tree {
  const watching = new Watching([files])
  watching.look()
  const tree = new Tree(watching)
  return tree
}

describe('a session that goes on from an earlier line', () => {
  it('has the goal as it was there, from its next line on', () => {
    const tree = followed()
    tree.set('g')
    const early = tree.usage('g', 5)
    tree.set('g', 'complete', 9)
    const last = tree.clear()
    expect(tree.watching.look()).toHaveLength(5)
    expect(tree.watching.look()).toEqual([])
    tree.back(early).say()
    expect(tree.watching.look()).toEqual(['s created active 5'])
    tree.usage('g', 6)
    expect(tree.watching.look()).toEqual(['s usage_accounted active 6'])
    // And forth again, to a branch on which there is none.
    tree.back(last).say()
    expect(tree.watching.look()).toEqual(['s cleared active 6'])
    const times = tree.watching.changes.map(({ atMs = 0 }) => atMs)
    expect(times).toEqual([...times].sort())
  })

  it('has none before its goal was set, nor on a branch from the beginning', () => {
    const tree = followed()
    const first = tree.say()
    tree.set('g', 'active', 3)
    tree.watching.look()
    tree.back(first).say()
    expect(tree.watching.look()).toEqual(['s cleared active 3'])
    tree.set('h')
    expect(tree.watching.look()).toEqual(['s created active 0'])
    tree.back(null).say()
    expect(tree.watching.look()).toEqual(['s cleared active 0'])
  })

  it('says what the first entry of a branch changes to what was there', () => {
    const tree = followed()
    const early = tree.set('g')
    tree.set('g', 'complete', 9)
    tree.watching.look()
    tree.back(early).usage('g', 2)
    expect(tree.watching.look()).toEqual([
      's usage_accounted active 0',
      's status_changed active 0',
      's usage_accounted active 2',
    ])
  })

  it('tells it once, by whatever process it is read, and nothing of what was there before', () => {
    const tree = followed()
    const early = tree.set('g')
    tree.set('g', 'paused', 4)
    tree.back(early).say()
    tree.watching.restart()
    expect(tree.watching.look()).toEqual([
      's created active 0',
      's usage_accounted paused 4',
      's status_changed paused 4',
      's usage_accounted active 0',
      's status_changed active 0',
    ])
    tree.watching.restart()
    tree.say()
    expect(tree.watching.look()).toEqual([])

    const late = new Watching([TREE])
    late.write(FILE, readFileSync(tree.watching.path(FILE)))
    expect(late.look()).toEqual([])
    late.append(FILE, json({ type: 'message', id: 'l9', parentId: 'l4', timestamp: '2026-01-01T00:01:00Z' }))
    expect(late.look()).toEqual([])
  })

  it('tells it once where the file is copied, forked, or written anew', () => {
    const tree = followed()
    const early = tree.set('g')
    tree.set('g', 'complete', 4)
    tree.back(early).say()
    expect(tree.watching.look()).toHaveLength(5)
    const { watching } = tree
    copyFileSync(watching.path(FILE), watching.path('sessions/w/copy.jsonl'))
    expect(watching.look()).toEqual([])
    const [, ...lines] = readFileSync(watching.path(FILE), 'utf8').split('\n')
    const header = { type: 'session', id: 'f', parentSession: watching.path(FILE), timestamp: '2026-02-01T00:00:00Z' }
    watching.write('sessions/w/fork.jsonl', `${JSON.stringify(header)}\n${lines.join('\n')}`)
    expect(watching.look()).toEqual([])
    watching.write(FILE, `${json({ type: 'session', id: 's', version: 4 })}${lines.join('\n')}`)
    expect(watching.look()).toEqual([])
    tree.usage('g', 1)
    expect(watching.look()).toEqual(['s usage_accounted active 1'])
  })

  it('does not guess where a line on the way is missing or too long to be read', () => {
    const tree = followed()
    const early = tree.set('g')
    tree.watching.append(FILE, `{"type":"message","id":"long","parentId":"${early}","text":"${'x'.repeat(9 << 20)}"}\n`)
    tree.back('long')
    const after = tree.usage('g', 3)
    tree.usage('g', 4)
    tree.watching.look()
    for (const id of [after, 'long', 'nowhere']) {
      tree.back(id).say()
      expect(tree.watching.look()).toEqual([])
    }
  })

  it('is not read again where two processes write to it by turns', () => {
    const [goal, ...messages] = [0, 1, 2, 3, 4, 5, 6].map((n) => ({
      ...{ id: `l${n}`, parentId: n < 2 ? null : `l${n - 2}`, timestamp: '2026-01-01T00:00:00Z' },
      ...(n === 0
        ? { type: 'custom', customType: 'goal', data: { action: 'set', goal: { goalId: 'g', status: 'active' } } }
        : { type: 'message' }),
    }))
    let rereads = 0
    const nothing = { here: () => false, inCopy: () => false, inParent: () => undefined }
    const before = {
      ...nothing,
      to: () => {
        rereads++
        return []
      },
    }
    const lines = linesIn(Buffer.from(json({ type: 'session', id: 's' }, goal, ...messages)))
    const { changes } = new LogLines(TREE, false).read(lines, firstLogMark('f', 0), { name: '', folder: '' }, before)
    // One of the two has the goal, the other has none.
    const kinds = changes.flatMap(({ change }) => goalEvents(change)).map(({ kind }) => kind)
    expect(kinds).toEqual(['created', 'cleared', 'created', 'cleared', 'created', 'cleared', 'created'])
    // The way to the beginning, which the second one starts from.
    expect(rereads).toBe(2)
  })

  it('is read again once for all lines that go on from the same one', () => {
    const place = (n: number, parentId: string | null) => ({ id: `l${n}`, parentId, timestamp: '2026-01-01T00:00:00Z' })
    const data = { action: 'set', goal: { goalId: 'g', status: 'active' } }
    const goal = { type: 'custom', customType: 'goal', ...place(0, null), data }
    const text = json(
      { type: 'session', id: 's' },
      goal,
      ...[1, 2, 3, 4, 5].map((n) => place(n, n < 4 ? 'l0' : 'none')),
    )
    const lines = linesIn(Buffer.from(text))
    let rereads = 0
    const before = {
      ...{ here: () => false, inCopy: () => false, inParent: () => undefined },
      to: (offset: number) => {
        rereads++
        return lines.filter(({ end }) => end <= offset)
      },
    }
    const { changes } = new LogLines(TREE, false).read(lines, firstLogMark('f', 0), { name: '', folder: '' }, before)
    expect(changes.flatMap(({ change }) => goalEvents(change)).map(({ kind }) => kind)).toEqual(['created'])
    // The way to l0, of which the lines are read too, and the missing one to none.
    expect(rereads).toBe(3)
  })

  it('leaves goals alone whose agent does not go back', () => {
    const tree = followed(TWO)
    const first = tree.say()
    tree.set('g')
    tree.set('o', 'active', 1, 'other')
    expect(tree.watching.look()).toHaveLength(2)
    tree.back(first).say()
    expect(tree.watching.look()).toEqual(['s cleared active 0'])
    tree.set('o', 'active', 2, 'other')
    expect(tree.watching.look()).toEqual(['s usage_accounted active 2'])
  })
})

it('does not report lines that say that they are copied from another session', () => {
  const watching = new Watching([{ ...LOGS, thread: 'session', copied: { from: { not: null } } }])
  watching.look()
  const line = (session: string, tokensUsed: number, more = {}) => ({
    ...{ type: 'custom', customType: 'goal', id: `l${tokensUsed}`, session, timestamp: '2026-01-01T00:00:00Z' },
    ...{ data: { action: 'set', goal: { goalId: 'g', status: 'active', tokensUsed } }, ...more },
  })
  watching.write(FILE, json(line('s', 1), line('s', 2)))
  expect(watching.look()).toHaveLength(2)
  watching.write('sessions/w/fork.jsonl', json(line('f', 1, { from: 's' }), line('f', 2, { from: 's' })))
  expect(watching.look()).toEqual([])
  watching.append('sessions/w/fork.jsonl', json(line('f', 3)))
  expect(watching.look()).toEqual(['f usage_accounted active 3'])
})

it('leaves a goal of qwen-code as it is when the chat is rewound, as qwen-code does until it loads the chat again', () => {
  const watching = new Watching(QWEN_CODE)
  watching.look()
  const chat = '.qwen/projects/-w/chats/s.jsonl'
  let leaf: string | null = null
  let count = 0
  const add = (line: object, parentUuid = leaf): void => {
    leaf = `l${++count}`
    const own = { uuid: leaf, parentUuid, sessionId: 's', type: 'system', timestamp: '2026-11-29T12:00:00.000Z' }
    watching.append(chat, json({ ...own, ...line }))
  }
  const state = (cause: string, status: string, tokensUsed: number) => {
    const goal = { goalId: 'g', status, tokensUsed, objective: 'HERON' }
    return { subtype: 'goal_state', systemPayload: { v: 2, cause, snapshot: { v: 2, goal } } }
  }
  watching.write(chat, '')
  add({ type: 'user' })
  add(state('create', 'active', 0))
  add(state('pause', 'paused', 390))
  expect(watching.look()).toHaveLength(3)
  add({ subtype: 'rewind', systemPayload: { truncatedCount: 8 } }, null)
  expect(watching.look()).toEqual([])
  add(state('resume', 'active', 390))
  expect(watching.look()).toEqual(['s status_changed active 390'])
})
