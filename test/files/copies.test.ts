import { cpSync, linkSync, mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { GoalFiles } from '../../src/mapping/goal-files.ts'
import { json, LOGS, Session, Watching } from './watching.ts'

const FILE = 'sessions/w/one.jsonl'

function reported(session = new Session('s')): { watching: Watching; session: Session } {
  const watching = new Watching([LOGS])
  watching.look()
  watching.write(FILE, json(session.header(), session.set('g'), session.usage('g', 3)))
  expect(watching.look()).toHaveLength(2)
  return { watching, session }
}

const copy = (watching: Watching, from: string, to: string) => {
  mkdirSync(watching.path(`${to}/..`), { recursive: true })
  cpSync(watching.path(from), watching.path(to), { recursive: true, preserveTimestamps: true })
}

describe('a copy of a log', () => {
  it('reports nothing again, beside the log, in another folder, or made while nothing watched it', () => {
    const { watching } = reported()
    copy(watching, FILE, 'sessions/w/two.jsonl')
    expect(watching.look()).toEqual([])
    copy(watching, 'sessions/w', 'sessions/x')
    expect(watching.look()).toEqual([])
    watching.restart()
    copy(watching, FILE, 'sessions/y/one.jsonl')
    expect(watching.look()).toEqual([])
    linkSync(watching.path(FILE), watching.path('sessions/y/hard.jsonl'))
    expect(watching.look()).toEqual([])
  })

  it('reports once what comes after the copied lines, in whichever of both', () => {
    const { watching, session } = reported()
    copy(watching, FILE, 'sessions/x/one.jsonl')
    const next = json(session.usage('g', 4))
    watching.append('sessions/x/one.jsonl', next)
    expect(watching.look()).toEqual(['s usage_accounted active 4'])
    watching.append(FILE, next + json(session.usage('g', 5)))
    expect(watching.look()).toEqual(['s usage_accounted active 5'])
  })

  it('reports nothing of a log that was there before it was followed, and reports what comes after it', () => {
    const watching = new Watching([LOGS])
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.look()
    copy(watching, FILE, 'sessions/w/two.jsonl')
    copy(watching, FILE, 'sessions/x/one.jsonl')
    watching.append('sessions/x/one.jsonl', json(session.usage('g', 4)))
    expect(watching.look()).toEqual(['s usage_accounted active 4'])
  })

  it.each([
    ['another name', 'sessions/w/two.jsonl'],
    ['the same name', 'sessions/x/one.jsonl'],
  ])('reports nothing of one that is still being made by %s, of a log that was there before', (_, name) => {
    const watching = new Watching([LOGS])
    const session = new Session('s')
    const lines = [session.header(), session.set('g'), session.usage('g', 3), session.usage('g', 4), session.clear()]
    watching.write(FILE, json(...lines))
    // Others begin alike, as agents write the same names of keys.
    watching.write('sessions/w/other.jsonl', json(new Session('t').header(), new Session('t').set('h')))
    watching.look()
    const bytes = Buffer.from(json(...lines))
    const first = json(...lines.slice(0, 3)).length + 10
    watching.write(name, bytes.subarray(0, first))
    expect(watching.look()).toEqual([])
    watching.append(name, bytes.subarray(first))
    expect(watching.look()).toEqual([])
    watching.append(name, json(session.set('i')))
    expect(watching.look()).toEqual(['s created active 0'])
  })

  it('does not hide the same names of lines in another session', () => {
    const { watching } = reported()
    const other = json({ type: 'session', id: 'o' }, ...lines())
    watching.write('sessions/w/other.jsonl', other)
    expect(watching.look()).toEqual(['o created active 0', 'o usage_accounted active 3'])
  })

  it('is known by the whole line where no thread is named', () => {
    const mapping: GoalFiles = { ...LOGS, thread: undefined, parent: undefined }
    const watching = new Watching([mapping])
    watching.look()
    watching.write(FILE, json(...lines()))
    expect(watching.look()).toHaveLength(2)
    copy(watching, FILE, 'sessions/x/two.jsonl')
    expect(watching.look()).toEqual([])
    watching.write('sessions/y.jsonl', json(...lines().map((one) => ({ ...one, timestamp: '2026-03-01T00:00:00Z' }))))
    expect(watching.look()).toHaveLength(2)
  })
})

/** Of a session whose lines are named as those of `reported`. */
function lines(): object[] {
  const session = new Session('s')
  return [session.set('g'), session.usage('g', 3)]
}

describe('a folder of logs that is put behind a link', () => {
  it('reports nothing again, whether it comes back or not', () => {
    const { watching, session } = reported()
    renameSync(watching.path('sessions'), watching.path('real'))
    symlinkSync(watching.path('real'), watching.path('sessions'))
    watching.restart()
    watching.append('real/w/one.jsonl', json(session.usage('g', 4)))
    expect(watching.look()).toEqual(['s usage_accounted active 4'])
    expect(watching.size).toBe(1)
  })
  it('reports nothing again where its lines have no names', () => {
    const watching = new Watching([{ ...LOGS, lineId: undefined }])
    watching.look()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.look()
    renameSync(watching.path('sessions'), watching.path('real'))
    symlinkSync(watching.path('real'), watching.path('sessions'))
    expect(watching.look()).toEqual([])
    expect(watching.size).toBe(1)
  })
})
