import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { GoalFiles } from '../../src/mapping/goal-files.ts'
import { json, LEDGER, LOGS, Session, Watching } from './watching.ts'

const FILE = 'sessions/w/one.jsonl'

function followed(mappings: readonly GoalFiles[] = [LOGS]): Watching {
  const watching = new Watching(mappings)
  watching.look()
  return watching
}

describe('a log that an agent appends to', () => {
  it('reports each line once, in order, with its own time, by whatever process it is read', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    expect(watching.look()).toEqual(['s created active 0'])
    watching.append(FILE, json(session.usage('g', 5), session.usage('g', 9)))
    watching.restart()
    expect(watching.look()).toEqual(['s usage_accounted active 5', 's usage_accounted active 9'])
    watching.restart()
    expect(watching.look()).toEqual([])
    watching.append(FILE, json(session.clear()))
    expect(watching.look()).toEqual(['s cleared active 9'])
    expect(watching.changes.map(({ atMs = 0 }) => atMs - Date.UTC(2026, 0, 1))).toEqual([1000, 2000, 3000, 4000])
    expect(new Set(watching.sources)).toEqual(new Set(['recorded']))
  })

  it('reports nothing of a past that was there before it was followed, and all that comes after it', () => {
    const watching = new Watching([LOGS])
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g'), session.usage('g', 7)))
    expect(watching.look()).toEqual([])
    watching.restart()
    expect(watching.look()).toEqual([])
    watching.append(FILE, json(session.usage('g', 8)))
    expect(watching.look()).toEqual(['s usage_accounted active 8'])
  })

  it('reports the past of a session that began while nothing watched it', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.restart()
    expect(watching.look()).toEqual(['s created active 0'])
  })

  it('does not take a line for one before its newline is written, nor a character before its last byte is', () => {
    const watching = followed()
    const session = new Session('s')
    const text = Buffer.from(json(session.header(), session.set('größe')))
    for (let at = 0; at < text.length; at += 7) {
      if (at === 0) watching.write(FILE, text.subarray(0, 7))
      else watching.append(FILE, text.subarray(at, at + 7))
      const events = watching.look()
      expect(events).toEqual(at + 7 < text.length ? [] : ['s created active 0'])
    }
    expect(watching.changes[0]?.change.after?.goalId).toBe('größe')
    expect(watching.said).toEqual([])
  })

  it('loses the half of a line that its writer cuts off again, and nothing else', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.look()
    const { size } = statSync(watching.path(FILE))
    watching.append(FILE, json(session.usage('g', 3)).slice(0, 60))
    watching.look()
    truncateSync(watching.path(FILE), size)
    watching.append(FILE, json(session.usage('g', 4)))
    expect(watching.look()).toEqual(['s usage_accounted active 4'])
  })

  it('reports nothing twice when the history is written anew in place, with a line in front and one behind', () => {
    const watching = followed()
    const session = new Session('s')
    const lines = [session.header(), session.set('g'), session.usage('g', 3)]
    watching.write(FILE, json(...lines))
    watching.look()
    watching.write(
      FILE,
      json(lines[0], { type: 'migrated', note: 'x'.repeat(500) }, ...lines.slice(1), session.usage('g', 6)),
    )
    expect(watching.look()).toEqual(['s usage_accounted active 6'])
    watching.append(FILE, json(session.usage('g', 7)))
    expect(watching.look()).toEqual(['s usage_accounted active 7'])
    expect(watching.said).toEqual([])
  })

  it('reports all that is new in a log that was emptied, and has grown beyond its length again', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.look()
    watching.write(
      FILE,
      json(session.usage('g', 1), session.usage('g', 2), session.usage('g', 3), session.usage('g', 4)),
    )
    expect(watching.look().map((event) => event.at(-1))).toEqual(['1', '2', '3', '4'])
  })

  it('reports nothing twice when it is seen empty in the midst of that', () => {
    const watching = followed()
    const session = new Session('s')
    const lines = [session.header(), session.set('g'), session.usage('g', 3)]
    watching.write(FILE, json(...lines))
    watching.look()
    watching.write(FILE, '')
    expect(watching.look()).toEqual([])
    watching.append(FILE, json(...lines.slice(0, 2)))
    expect(watching.look()).toEqual([])
    watching.append(FILE, json(lines[2], session.usage('g', 4)))
    expect(watching.look()).toEqual(['s usage_accounted active 4'])
  })

  it('reports nothing twice when it is cut back to an older state', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    const { size } = statSync(watching.path(FILE))
    watching.append(FILE, json(session.usage('g', 3)))
    watching.look()
    truncateSync(watching.path(FILE), size)
    expect(watching.look()).toEqual([])
    watching.append(FILE, json(session.usage('g', 4)))
    expect(watching.look()).toEqual(['s usage_accounted active 4'])
  })

  it('goes on after a compaction, which puts another file in its place that begins with the state so far', () => {
    const watching = followed([LEDGER])
    const goal = (tokensUsed: number) => ({ threadId: 't', status: 'active', tokensUsed, createdAt: 1 })
    watching.write('ledger.jsonl', json({ action: 'checkpoint', threadId: 't', goal: goal(0) }))
    watching.append('ledger.jsonl', json({ action: 'patch', threadId: 't', changes: { tokensUsed: 4 } }))
    expect(watching.look()).toEqual(['t created active 0', 't usage_accounted active 4'])
    watching.write('ledger.tmp', json({ action: 'checkpoint-set', goals: [goal(4)] }))
    renameSync(watching.path('ledger.tmp'), watching.path('ledger.jsonl'))
    watching.append('ledger.jsonl', json({ action: 'patch', threadId: 't', changes: { tokensUsed: 9 } }))
    expect(watching.look()).toEqual(['t usage_accounted active 9'])
    watching.append('ledger.jsonl', json({ action: 'checkpoint-set', goals: [] }))
    expect(watching.look()).toEqual(['t cleared active 9'])
  })

  it('reports what came last before a rotation, and goes on in the new file with what it knew', () => {
    const watching = followed([LEDGER])
    const patch = (tokensUsed: number) => json({ action: 'patch', threadId: 't', changes: { tokensUsed } })
    const goal = { threadId: 't', status: 'active', tokensUsed: 0, createdAt: 1 }
    watching.write('ledger.jsonl', json({ action: 'checkpoint', threadId: 't', goal }))
    watching.look()
    watching.append('ledger.jsonl', patch(1) + patch(2))
    renameSync(watching.path('ledger.jsonl'), watching.path('ledger.jsonl.1'))
    watching.write('ledger.jsonl', patch(3))
    expect(watching.look().map((event) => event.at(-1))).toEqual(['1', '2', '3'])
    watching.restart()
    expect(watching.look()).toEqual([])
  })

  describe.each([
    ['by the line', { thread: 's' }],
    ['by the file', { thread: { file: 'name' } as const }],
    ['with ids of lines', { thread: 's', lineId: 'id' }],
  ])('rotated to a name that the globs match as well, its thread named %s', (_, naming) => {
    const ROTATED: GoalFiles = {
      ...{ path: ['logs/*.jsonl'], read: 'lines', ...naming },
      goals: [
        {
          records: [{ where: { k: 'goal' }, at: 'g' }],
          fields: { goalId: 'id', status: 'st', tokensUsed: 'tok' },
          statuses: { active: 'active', done: 'complete' },
        },
      ],
    }
    const isByFile = typeof naming.thread === 'object'
    const line = (tok: number, st = 'active') => json({ k: 'goal', id: `l${tok}`, s: 'rot', g: { id: 'G', st, tok } })
    const live = 'logs/rot.jsonl'
    const begun = (): Watching => {
      const watching = followed([ROTATED])
      watching.write(live, line(1))
      expect(watching.look()).toEqual(['rot created active 1'])
      return watching
    }
    const rename = (watching: Watching, from: string, to: string) => renameSync(watching.path(from), watching.path(to))
    const seen = {
      'looked at after each step': (watching: Watching) => watching.look(),
      'looked at by another process after each step': (watching: Watching) => watching.restart().look(),
      'looked at when all is done': () => [],
    }

    // Where the thread is the file's name, what was not read before it has another name is another thread's.
    const looks = Object.entries(seen).slice(0, isByFile ? 2 : 3)

    it.each(looks)('goes on in the new file, %s', (_, look) => {
      for (const to of ['logs/rot-1.jsonl', 'logs/a.jsonl']) {
        const watching = begun()
        const found: string[] = []
        watching.append(live, line(2))
        found.push(...look(watching))
        rename(watching, live, to)
        found.push(...look(watching))
        watching.write(live, line(3))
        found.push(...look(watching))
        watching.append(live, line(4, 'done'))
        found.push(...watching.look())
        expect(found).toEqual([
          'rot usage_accounted active 2',
          'rot usage_accounted active 3',
          'rot usage_accounted complete 4',
          'rot status_changed complete 4',
        ])
        expect(watching.restart().look()).toEqual([])
        expect(watching.said).toEqual([])
      }
    })

    it.each(['logs/rot-1.jsonl', 'logs/a.jsonl', live])('goes on where the system reports %s first', (first) => {
      const watching = begun()
      watching.append(live, line(2))
      if (isByFile) watching.look()
      rename(watching, live, first === live ? 'logs/rot-1.jsonl' : first)
      watching.write(live, line(3))
      watching.touch(first)
      const found = watching.steps()
      const both = ['rot usage_accounted active 2', 'rot usage_accounted active 3']
      expect([...found, ...watching.look()]).toEqual(isByFile ? both.slice(1) : both)
      expect(watching.restart().look()).toEqual([])
    })

    it('goes on by its own name where it comes back', () => {
      const watching = begun()
      rename(watching, live, 'logs/rot-1.jsonl')
      expect(watching.look()).toEqual([])
      rename(watching, 'logs/rot-1.jsonl', live)
      watching.append(live, line(2))
      expect(watching.look()).toEqual(['rot usage_accounted active 2'])
      expect(watching.restart().look()).toEqual([])
      expect(watching.size).toBe(2)
    })

    it('loses nothing of the new file where the mapping is another one by then', () => {
      const watching = begun()
      rename(watching, live, 'logs/rot-1.jsonl')
      expect(watching.look()).toEqual([])
      watching.write(live, line(2))
      const found = watching.restart([{ ...ROTATED, agent: 'other' }]).look()
      expect(found).toEqual(['rot created active 2'])
    })

    it('is looked for no further where two logs have changed places', () => {
      const watching = begun()
      watching.write('logs/other.jsonl', json({ k: 'goal', id: 'o', s: 'other', g: { id: 'O', st: 'active', tok: 1 } }))
      expect(watching.look()).toEqual(['other created active 1'])
      rename(watching, live, 'logs/x')
      rename(watching, 'logs/other.jsonl', live)
      rename(watching, 'logs/x', 'logs/other.jsonl')
      watching.look()
      expect(watching.restart().look()).toEqual([])
      expect([watching.size, watching.said]).toEqual([2, []])
    })

    it.each(looks)('goes on where older ones move up, and the oldest is deleted, %s', (_, look) => {
      const watching = begun()
      const found: string[] = []
      for (let n = 2; n < 9; n++) {
        for (let old = Math.min(3, n - 2); old > 0; old--) {
          rename(watching, `logs/rot-${old}.jsonl`, `logs/rot-${old + 1}.jsonl`)
        }
        rename(watching, live, 'logs/rot-1.jsonl')
        found.push(...look(watching))
        watching.write(live, line(n))
        found.push(...look(watching))
        if (look === seen['looked at when all is done']) found.push(...watching.look())
      }
      expect(found).toEqual([2, 3, 4, 5, 6, 7, 8].map((n) => `rot usage_accounted active ${n}`))
      expect(watching.restart().look()).toEqual([])
    })
  })

  it('reports two lines of the same text without ids both, as they are appended', () => {
    const watching = followed([LEDGER])
    const goal = { threadId: 't', status: 'active', tokensUsed: 0, createdAt: 1 }
    const set = json({ action: 'checkpoint', threadId: 't', goal })
    const clear = json({ action: 'clear', threadId: 't' })
    watching.write('ledger.jsonl', set + clear + set)
    watching.append('ledger.jsonl', clear)
    expect(watching.look().map((event) => event.split(' ')[1])).toEqual(['created', 'cleared', 'created', 'cleared'])
  })

  it('goes on in a copy that takes the place of the file', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.look()
    copyFileSync(watching.path(FILE), watching.path('copy'))
    watching.append('copy', json(session.usage('g', 2)))
    renameSync(watching.path('copy'), watching.path(FILE))
    expect(watching.look()).toEqual(['s usage_accounted active 2'])
  })

  it('reports nothing of a goal whose log is deleted, and nothing twice when it is there again', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.look()
    const content = readFileSync(watching.path(FILE))
    rmSync(watching.path(FILE))
    expect(watching.look()).toEqual([])
    writeFileSync(watching.path(FILE), content)
    expect(watching.look()).toEqual([])
  })

  it('reports nothing twice when its folder is moved, read or not, and goes on there', () => {
    const watching = new Watching([LOGS])
    const [one, other] = [new Session('s'), new Session('o')]
    watching.write('sessions/w/other.jsonl', json(other.header(), other.set('g')))
    watching.look()
    watching.write(FILE, json(one.header(), one.set('g')))
    watching.look()
    renameSync(watching.path('sessions/w'), watching.path('sessions/x'))
    watching.append('sessions/x/one.jsonl', json(one.usage('g', 3)))
    expect(watching.look()).toEqual(['s usage_accounted active 3'])
    watching.restart()
    watching.append('sessions/x/other.jsonl', json(other.usage('g', 4)))
    expect(watching.look()).toEqual(['o usage_accounted active 4'])
  })

  it('goes on where it was read when its mapping is another one, as after an update', () => {
    const watching = new Watching([LOGS])
    const [session, quiet] = [new Session('s'), new Session('q')]
    watching.write('sessions/w/quiet.jsonl', json(quiet.header(), quiet.set('g')))
    watching.look()
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.look()
    watching.append(FILE, json(session.usage('g', 5)))
    const [goals] = LOGS.goals
    const mapping = {
      ...LOGS,
      goals: [{ ...goals, statuses: { active: 'active', paused: 'blocked' } as const }],
    } as GoalFiles
    const later = new Session('l')
    watching.write('sessions/w/later.jsonl', json(later.header(), later.set('g')))
    watching.restart([mapping])
    expect(watching.look().sort()).toEqual(['l created active 0', 's usage_accounted active 5'])
    expect(watching.said).toHaveLength(1)
    watching.append(FILE, json(session.usage('g', 5, 'paused')))
    watching.append('sessions/w/quiet.jsonl', json(quiet.usage('g', 6)))
    expect(watching.look().sort()).toEqual(['q usage_accounted active 6', 's status_changed blocked 5'])
    watching.restart([mapping])
    expect([watching.look(), watching.said.length]).toEqual([[], 1])
  })

  it('is reported once where two globs mean it, one through a link', () => {
    const watching = new Watching([{ ...LOGS, path: ['sessions/**/*.jsonl', 'link/**/*.jsonl', 'sessions/w/*'] }])
    mkdirSync(watching.path('sessions/w'), { recursive: true })
    symlinkSync(watching.path('sessions'), watching.path('link'))
    watching.look()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.touch(FILE)
    expect(watching.look()).toEqual(['s created active 0'])
  })

  it('is reported once where messages came between its goals, and another process goes on', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    watching.look()
    for (let n = 0; n < 20; n++) {
      watching.append(FILE, json(session.message('m'.repeat(500_000))))
      expect(watching.look()).toEqual([])
      if (n % 3 === 0) watching.restart()
    }
    watching.append(FILE, json(session.usage('g', 2)))
    expect(watching.look()).toEqual(['s usage_accounted active 2'])
    watching.restart()
    expect(watching.look()).toEqual([])
  })

  it('is new where its folder was made after the first look, through a link', () => {
    const watching = new Watching([{ ...LOGS, path: ['link/w/*.jsonl'] }])
    mkdirSync(watching.path('sessions'))
    symlinkSync(watching.path('sessions'), watching.path('link'))
    watching.look()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g')))
    expect(watching.look()).toEqual(['s created active 0'])
  })

  it('takes identical snapshots in a row for one', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(FILE, json(session.header(), session.set('g'), session.set('g'), session.set('g')))
    expect(watching.look()).toEqual(['s created active 0'])
  })

  it('reads a log of many megabytes of messages to its goals, wherever its chunks end', () => {
    const watching = followed()
    const session = new Session('s')
    const noise = () => session.message('m'.repeat(100_000))
    const lines: object[] = [session.header()]
    for (let n = 0; n < 40; n++) lines.push(noise(), n === 0 ? session.set('g') : session.usage('g', n))
    watching.write(FILE, json(...lines))
    expect(watching.look()).toHaveLength(40)
    expect(watching.events.at(-1)).toBe('s usage_accounted active 39')
  })
})

describe('a session that was forked from another', () => {
  const PARENT = 'sessions/w/parent.jsonl'
  const FORK = 'sessions/w/fork.jsonl'

  it('does not report the goals that it has copied, and reports what becomes of them there', () => {
    const watching = followed()
    const session = new Session('s')
    const entries = [session.set('g'), session.usage('g', 5)]
    watching.write(PARENT, json(session.header(), ...entries))
    watching.look()
    const fork = new Session('f', Date.UTC(2026, 0, 2))
    watching.write(FORK, json(fork.header({ parentSession: watching.path(PARENT) }), ...entries))
    expect(watching.look()).toEqual([])
    watching.append(FORK, json(fork.usage('g', 8)))
    watching.append(PARENT, json(session.usage('g', 6)))
    expect(watching.look().sort()).toEqual(['f usage_accounted active 8', 's usage_accounted active 6'])
  })

  it('knows the past of a parent that was there before it was followed', () => {
    const watching = new Watching([LOGS])
    const session = new Session('s')
    const entries = [session.set('g'), session.usage('g', 5)]
    watching.write(PARENT, json(session.header(), ...entries))
    watching.look()
    const fork = new Session('f', Date.UTC(2026, 0, 2))
    watching.write(FORK, json(fork.header({ parentSession: watching.path(PARENT) }), ...entries, fork.usage('g', 7)))
    expect(watching.look()).toEqual(['f usage_accounted active 7'])
  })

  it('reports from the time of its lines what it has copied where the parent is gone, or is out of the folder', () => {
    const watching = followed()
    const session = new Session('s')
    const entries = [session.set('g'), session.usage('g', 5)]
    for (const [n, parentSession] of [
      watching.path(PARENT),
      '/etc/passwd',
      '../../../x',
      watching.path(FORK),
    ].entries()) {
      const fork = new Session(`f${n}`, Date.UTC(2026, 0, 2))
      watching.write(`sessions/w/fork${n}.jsonl`, json(fork.header({ parentSession }), ...entries, fork.usage('g', 9)))
      expect(watching.look()).toEqual([`f${n} usage_accounted active 9`])
    }
  })

  it('does not hang where two sessions name each other as the parent', () => {
    const watching = followed()
    const [one, other] = [new Session('a'), new Session('b')]
    watching.write('sessions/a.jsonl', json(one.header({ parentSession: 'b.jsonl' }), one.set('g')))
    watching.write('sessions/b.jsonl', json(other.header({ parentSession: 'a.jsonl' }), other.set('h')))
    expect(watching.look().sort()).toEqual(['a created active 0', 'b created active 0'])
  })
})
