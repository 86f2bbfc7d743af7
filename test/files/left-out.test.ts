import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, renameSync, symlinkSync } from 'node:fs'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import type { GoalFiles } from '../../src/mapping/goal-files.ts'
import { json, LOGS, Session, STATE, Watching } from './watching.ts'

const FILE = 'sessions/w/one.jsonl'

function followed(mappings: readonly GoalFiles[] = [LOGS, STATE]): Watching {
  const watching = new Watching(mappings)
  mkdirSync(watching.path('state'))
  mkdirSync(watching.path('sessions/w'), { recursive: true })
  watching.look()
  return watching
}

const fields = (of: GoalFiles, more: object): GoalFiles => ({
  ...of,
  goals: of.goals.map((goals) => ({ ...goals, fields: { ...goals.fields, ...more } })),
})

describe('a goal that cannot be reported', () => {
  it('is counted and said once where it has no id, in a log', () => {
    const watching = followed()
    const session = new Session('s')
    const bare = [null, ''].map((goalId) => session.set(goalId as string))
    watching.write(FILE, json(session.header(), ...bare, session.set('g')))
    expect(watching.look()).toEqual(['s created active 0'])
    watching.append(FILE, json(session.set('')))
    watching.look()
    expect(watching.said).toEqual([
      '/sessions/w/one.jsonl: 2 goals in it have no id where its mapping looks for it, and cannot be reported: correct fields.goalId',
    ])
  })

  it('is counted and said once where it has no id, in a document; an empty place for a goal is none', () => {
    const watching = followed()
    const state = (id: unknown) =>
      JSON.stringify({ sessions: { a: { goal: { id, status: 'active' } }, b: { goal: {} } } })
    watching.write('state/one.json', state(null))
    expect(watching.look()).toEqual([])
    watching.write('state/one.json', state(' '.repeat(0)))
    watching.look()
    expect(watching.said).toEqual([
      '/state/one.json: a goal in it has no id where its mapping looks for it, and cannot be reported: correct fields.goalId',
    ])
    watching.write('state/one.json', state('g'))
    expect(watching.look()).toEqual(['a created active -'])
  })

  it('is named once where it has a negative amount, which counts as unknown', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g', 'active', -5), session.set('h', 'active', -6)))
    expect(watching.look()).toEqual(['s created active -', 's created active -'])
    const state = (tokens: number) =>
      JSON.stringify({ sessions: { a: { goal: { id: 'd', status: 'active', tokens } } } })
    watching.write('state/one.json', state(-1))
    expect(watching.look()).toEqual(['a created active -'])
    watching.write('state/one.json', state(4))
    expect(watching.look()).toEqual(['a usage_accounted active 4'])
    const negative = 'has a negative budget, or negative tokens or seconds: they count as unknown'
    expect(watching.said).toEqual([
      `/sessions/w/one.jsonl: its goal g ${negative}`,
      `/state/one.json: its goal d ${negative}`,
    ])
  })

  it('is not said to lack an id where the thread has none any more', () => {
    const mapping = fields(LOGS, {})
    const [goals] = mapping.goals
    const watching = followed([
      { ...mapping, goals: [{ ...goals, statuses: { active: 'active', idle: 'cleared' } }] } as GoalFiles,
    ])
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g'), session.set('', 'idle')))
    watching.look()
    expect(watching.said).toEqual([])
  })

  it('is said to have no status where the path of the status is wrong', () => {
    const watching = followed([fields(LOGS, { status: 'state' }), fields(STATE, { status: ['state', 'phase'] })])
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.write('state/one.json', JSON.stringify({ sessions: { a: { goal: { id: 'g', status: 'active' } } } }))
    expect(watching.look()).toEqual([])
    const says = (path: string) =>
      `a goal in it has nothing at ${path}, where its mapping looks for the status, and is not reported: correct fields.status`
    expect(watching.said.sort()).toEqual([
      `/sessions/w/one.jsonl: ${says('state')}`,
      `/state/one.json: ${says('state, phase')}`,
    ])
  })
})

describe('a file that two entries match', () => {
  const wide: GoalFiles = { ...LOGS, path: ['sessions/w/*'] }

  it('is reported once, by the first entry, with one note of that', () => {
    const watching = followed([LOGS, wide])
    for (const name of ['a', 'b']) {
      const session = new Session(name)
      watching.write(`sessions/w/${name}.jsonl`, json(session.header(), session.set('g')))
    }
    watching.write('sessions/w/c.log', json(new Session('c').header(), new Session('c').set('g')))
    watching.touch('sessions/w/a.jsonl')
    expect(watching.look().sort()).toEqual(['a created active 0', 'b created active 0', 'c created active 0'])
    watching.restart()
    expect(watching.look()).toEqual([])
    const sentence =
      '/sessions/w/a.jsonl: the entry of sessions/**/*.jsonl follows it and all else that both match, so the entry of sessions/w/* does not: let one of them match it'
    expect(watching.said).toEqual([sentence, sentence])
  })

  it('is reported once where the first comes later', () => {
    const watching = followed([wide])
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    expect(watching.look()).toHaveLength(1)
    watching.restart([LOGS, wide])
    watching.append(FILE, json(session.usage('g', 3)))
    watching.touch(FILE)
    expect(watching.look().filter((event) => event.endsWith(' 3'))).toHaveLength(1)
  })

  it('is reported once where it is a document', () => {
    const watching = followed([STATE, { ...STATE, path: ['state/one.json'] }])
    watching.write('state/one.json', JSON.stringify({ sessions: { a: { goal: { id: 'g', status: 'active' } } } }))
    expect(watching.look()).toEqual(['a created active -'])
  })
})

describe('a folder that is a link', () => {
  it('is named once, where files in it would match', () => {
    const watching = followed()
    mkdirSync(watching.path('elsewhere'))
    symlinkSync(watching.path('elsewhere'), watching.path('sessions/folder'))
    symlinkSync(watching.path('elsewhere'), watching.path('state/folder'))
    symlinkSync(watching.path('nothing'), watching.path('sessions/broken'))
    watching.look()
    watching.look()
    expect(watching.said).toEqual([
      '/sessions/folder: it is a link to a folder, and what is in it is left out: give that a glob of its own',
    ])
  })
})

describe('a folder that may not be read', () => {
  it('is named, and the others are searched', () => {
    const watching = new Watching([LOGS])
    watching.write('sessions/open/one.jsonl', '')
    mkdirSync(watching.path('sessions/locked'))
    for (const [name, mode] of [
      ['', 0o755],
      ['sessions/locked', 0],
    ] as const)
      chmodSync(watching.path(name), mode)
    // Root may read all, so it is another user's process that looks.
    const script = `
      import { findFiles } from ${JSON.stringify(new URL('../../src/files/found-files.ts', import.meta.url).href)}
      if (process.getuid?.() === 0) process.setuid(65534)
      const nothing = () => {}
      const finds = { folder: nothing, refused: nothing, linked: nothing, file: (path) => console.log('found', path) }
      const unreadable = (path, fault) => console.log('unreadable', path, fault)
      findFiles({ root: ${JSON.stringify(watching.path('sessions'))}, names: ['**', '*.jsonl'] }, { ...finds, unreadable })`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    chmodSync(watching.path('sessions/locked'), 0o700)
    expect([stderr, ...stdout.trimEnd().replaceAll(watching.folder, '').split('\n').sort()]).toEqual([
      '',
      'found /sessions/open/one.jsonl',
      expect.stringMatching(/^unreadable \/sessions\/locked EACCES/),
    ])
  })
})

describe('a log that was moved, has grown and may not be read', () => {
  it('is named, and the others are followed', () => {
    const watching = followed([LOGS])
    const [session, other] = [new Session('s'), new Session('o')]
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.look()
    const moved = watching.path('sessions/w/moved.jsonl')
    renameSync(watching.path(FILE), moved)
    watching.append('sessions/w/moved.jsonl', json(session.usage('g', 3)))
    watching.write('sessions/w/other.jsonl', json(other.header(), other.set('g')))
    chmodSync(moved, 0)
    chmodSync(watching.folder, 0o777)
    const isRoot = process.getuid?.() === 0
    // Root may read all.
    if (isRoot) process.seteuid?.(65534)
    try {
      expect(watching.look()).toEqual(['o created active 0'])
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
    expect(watching.said).toEqual([expect.stringMatching(/moved\.jsonl: it cannot be read just now.*EACCES/)])
  })
})
