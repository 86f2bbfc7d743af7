import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { json, LOGS, Session, STATE, Watching } from './watching.ts'

const LOG = 'sessions/w/one.jsonl'

function followed(captureContent = false): Watching {
  const watching = new Watching([LOGS, STATE], captureContent)
  mkdirSync(watching.path('state'))
  watching.look()
  return watching
}

describe('a file that is not as it should be', () => {
  it('is named once where it is not UTF-8, and its other lines are reported', () => {
    const watching = followed()
    const session = new Session('s')
    const bad = Buffer.from(json(session.usage('g', 3)).replace('"g"', '"\xff"'), 'latin1')
    watching.write(LOG, Buffer.concat([Buffer.from(json(session.header(), session.set('g'))), bad, bad]))
    expect(watching.look()).toEqual(['s created active 0'])
    watching.append(LOG, bad)
    watching.append(LOG, json(session.usage('g', 4)))
    expect(watching.look()).toEqual(['s usage_accounted active 4'])
    expect(watching.said).toEqual(['/sessions/w/one.jsonl: it has a line that is not UTF-8, which is left out'])
  })

  it('is named once where a torn line of a goal is in its midst, as a killed agent leaves it', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(LOG, json(session.header(), session.set('g')))
    watching.append(LOG, `${json(session.usage('g', 3)).slice(0, 80)}${json(session.usage('g', 4))}`)
    watching.append(LOG, json(session.usage('g', 5)))
    expect(watching.look()).toEqual(['s created active 0', 's usage_accounted active 5'])
    expect(watching.said).toEqual(['/sessions/w/one.jsonl: it has a line that is not valid JSON, which is left out'])
  })

  it('is read on behind a line of 100 MB, with its end written or not', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write(LOG, json(session.header(), session.set('g')))
    const part = Buffer.alloc(25 << 20, '"customType":"goal" ')
    for (let n = 0; n < 4; n++) {
      watching.append(LOG, part)
      watching.look()
    }
    watching.restart()
    watching.append(LOG, `"\n${json(session.usage('g', 5))}`)
    expect(watching.look()).toEqual(['s usage_accounted active 5'])
    expect(watching.said).toEqual(['/sessions/w/one.jsonl: it has a line of more than 8 MB, which is left out'])
  })

  it('is left out where it is a document of more than 16 MB', () => {
    const watching = followed()
    watching.write('state/big.json', Buffer.alloc(17 << 20, ' '))
    expect(watching.look()).toEqual([])
    expect(watching.said).toEqual(['/state/big.json: it is larger than 16 MB, and is left out'])
  })

  it('is left out where it is nested a million times', () => {
    const watching = followed()
    const session = new Session('s')
    const deep = '['.repeat(1_100_000)
    watching.write(LOG, json(session.header()))
    watching.append(LOG, `{"type":"custom","customType":"goal","data":${deep}\n`)
    watching.append(LOG, `{"type":"custom","customType":"goal","data":${deep}${deep.replaceAll('[', ']')}}\n`)
    watching.write('state/deep.json', `{"sessions":${deep}${deep.replaceAll('[', ']')}}`)
    watching.append(LOG, json(session.set('g')))
    watching.append(LOG, json({ ...session.usage('g', 5), text: '[{"'.repeat(50_000), other: '\\' }))
    for (let n = 0; n < 40; n++) watching.look()
    expect(watching.events).toEqual(['s created active 0', 's usage_accounted active 5'])
    expect(watching.said).toEqual([
      '/sessions/w/one.jsonl: it has a line that is nested more than 1000 times, which is left out',
      '/state/deep.json: it is nested more than 1000 times, and is read again once it changes',
    ])
  })

  it('is left out where it is a link out of the folder, a folder that is one, or a pipe', () => {
    const watching = followed()
    const session = new Session('s')
    watching.write('elsewhere/one.jsonl', json(session.header(), session.set('g')))
    mkdirSync(watching.path('sessions'))
    symlinkSync(watching.path('elsewhere/one.jsonl'), watching.path('sessions/link.jsonl'))
    symlinkSync(watching.path('elsewhere'), watching.path('sessions/folder'))
    execFileSync('mkfifo', [watching.path('sessions/pipe.jsonl')])
    watching.look()
    watching.touch('sessions/link.jsonl')
    watching.touch('sessions/folder/one.jsonl')
    watching.look()
    expect(watching.events).toEqual([])
    expect(watching.said.sort()).toEqual([
      '/sessions/folder: it is a link to a folder, and what is in it is left out: give that a glob of its own',
      '/sessions/link.jsonl: it is a link or not a regular file, and is left out',
      '/sessions/pipe.jsonl: it is a link or not a regular file, and is left out',
    ])
  })

  it('is left out where it became a link since it was found', () => {
    const watching = followed()
    const session = new Session('s')
    const lines = [session.header(), session.set('g')]
    watching.write(LOG, json(...lines))
    watching.look()
    watching.write('elsewhere', json(...lines, session.usage('g', 5)))
    rmSync(watching.path(LOG))
    symlinkSync(watching.path('elsewhere'), watching.path(LOG))
    watching.touch(LOG)
    expect(watching.look()).toEqual([])
  })

  it('does no harm by its keys', () => {
    const watching = followed()
    const odd =
      '{"__proto__":{"status":"active","id":"x"},"constructor":{"goal":{"id":"y","status":"active"}},"toString":{"goal":{"id":"z","status":"active"}}}'
    watching.write('state/odd.json', `{"sessions":${odd}}`)
    expect(watching.look().sort()).toEqual(['constructor created active -', 'toString created active -'])
    watching.restart()
    watching.write('state/odd.json', '{"sessions":{}}')
    expect(watching.look().sort()).toEqual(['constructor cleared active -', 'toString cleared active -'])
    expect(({} as { status?: string }).status).toBeUndefined()
  })

  it('has values of the wrong kind: they count as unknown', () => {
    const watching = followed()
    const one = { id: { deep: 1 }, status: 'active' }
    const other = { id: 5, status: ['active'], tokens: '7', text: { a: 1 }, updatedAt: 'never' }
    watching.write(
      'state/odd.json',
      JSON.stringify({ sessions: { a: { goal: one }, b: { goal: other }, c: { goal: 'x' }, d: 7 } }),
    )
    expect(watching.look()).toEqual([])
    watching.write('state/odd.json', JSON.stringify({ sessions: { b: { goal: { ...other, status: 'running' } } } }))
    expect(watching.look()).toEqual([])
    expect(watching.said.at(-1)).toBe(
      '/state/odd.json: a goal in it has a status "running" that its mapping does not know, and is not reported: add that to statuses',
    )
    watching.write('state/odd.json', JSON.stringify({ sessions: { b: { goal: { ...other, status: 'active' } } } }))
    expect(watching.look()).toEqual(['b status_changed active 7'])
    const negative = { ...other, status: 'active', tokens: -5 }
    watching.write('state/odd.json', JSON.stringify({ sessions: { b: { goal: negative } } }))
    expect(watching.look()).toEqual(['b usage_accounted active -'])
  })

  it('is many, and not all of them are named', () => {
    const watching = followed()
    for (let n = 0; n < 300; n++) watching.write(`state/${n}.json`, '{')
    for (let n = 0; n < 30; n++) watching.look()
    expect(watching.said).toHaveLength(101)
    expect(watching.said.at(-1)).toBe('more files are left out, which are not named')
  })
})

describe('content', () => {
  const MARK = 'MARKER'
  const marked = (field: string) => `${MARK}-${field}`

  it('does not leave the file, but for an objective that is captured', () => {
    for (const captureContent of [false, true]) {
      const watching = followed(captureContent)
      const entry = (data: object) => ({
        ...{ type: 'custom', customType: 'goal', id: JSON.stringify(data).length, timestamp: new Date().toISOString() },
        data: { ...data, note: marked('data') },
        note: marked('line'),
      })
      const goal = {
        goalId: 'g',
        status: 'active',
        tokensUsed: 1,
        objective: marked('objective'),
        reason: marked('reason'),
        note: marked('goal'),
      }
      watching.write(
        LOG,
        json(
          { type: 'session', id: 's', cwd: marked('cwd') },
          { type: 'message', id: 'm', message: { role: 'user', content: marked('message') } },
          { type: 'message', id: 'n', customType: 'goal', data: { action: 'set' }, content: marked('odd') },
          entry({ action: 'set', goal }),
          entry({ action: 'usage', goalId: 'g', status: 'paused', tokensUsed: 2, text: marked('usage') }),
        ),
      )
      watching.write(
        'state/one.json',
        JSON.stringify({
          note: marked('document'),
          sessions: { a: { goal: { id: 'g', status: 'active', text: marked('text') }, note: marked('a') } },
        }),
      )
      watching.look()
      const kept = ['', '-wal'].map((end) => {
        try {
          return readFileSync(`${watching.state}${end}`, 'latin1')
        } catch {
          return ''
        }
      })
      const all = kept.join() + JSON.stringify([watching.changes, watching.said])
      const found = new Set(all.match(/MARKER-\w+/g))
      expect(found).toEqual(new Set(captureContent ? ['objective', 'reason', 'text'].map(marked) : []))
      expect(watching.changes[0]?.change.after?.objectiveLength).toBe(marked('objective').length)
      expect(watching.events).toHaveLength(4)
    }
  })
})

it('whatever bytes a file has, following it goes on, and an intact line is reported behind them', () => {
  const sample = readFileSync(new URL('samples/pi-set-usage-clear.jsonl', import.meta.url))
  const damage = fc.array(fc.tuple(fc.nat(sample.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(3)), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(damage, (damage) => {
      let bytes = Buffer.from(sample)
      for (const [at, byte, how] of damage) {
        const place = at % Math.max(1, bytes.length)
        if (how === 0) bytes[place] = byte
        else if (how === 1)
          bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from([byte]), bytes.subarray(place)])
        else if (how === 2) bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + byte)])
        else bytes = Buffer.concat([bytes, bytes.subarray(place)])
      }
      const watching = followed()
      watching.write(LOG, bytes)
      watching.write('state/one.json', bytes)
      watching.look()
      watching.append(LOG, `\n${json(new Session('end').header(), new Session('end').set('last'))}`)
      expect(watching.look()).toContain('end created active 0')
      expect(watching.said.every((sentence) => /left out|is read again|not reported/.test(sentence))).toBe(true)
    }),
    { numRuns: 100 },
  )
})
