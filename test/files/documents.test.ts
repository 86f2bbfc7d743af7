import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { STATE, Watching } from './watching.ts'

const FILE = 'state/s.json'
const goal = (id: string, tokens = 0, status = 'active') => ({
  goal: { id, status, tokens, text: 'secret', updatedAt: 1_790_000_000_000 },
})
const state = (sessions: object) => JSON.stringify({ version: 1, sessions })

function followed(): Watching {
  const watching = new Watching([STATE])
  mkdirSync(watching.path('state'))
  watching.look()
  return watching
}

/** A file that is missing has to be so for a while, or it is being written again. */
async function lookAfterAWhile(watching: Watching): Promise<string[]> {
  const events = watching.look()
  await sleep(1050)
  return [...events, ...watching.look()]
}

describe('a document that an agent writes anew at each change', () => {
  it('reports what has changed from one look to the next, marked as inferred', () => {
    const watching = followed()
    watching.write(FILE, state({ a: goal('g'), b: goal('h') }))
    expect(watching.look()).toEqual(['a created active 0', 'b created active 0'])
    watching.write(FILE, state({ a: goal('g', 5, 'paused') }))
    expect(watching.look()).toEqual(['b cleared active 0', 'a usage_accounted paused 5', 'a status_changed paused 5'])
    watching.restart()
    watching.write(FILE, state({ a: goal('k') }))
    expect(watching.look()).toEqual(['a created active 0'])
    expect(new Set(watching.sources)).toEqual(new Set(['inferred']))
    expect(watching.changes[0]?.atMs).toBe(1_790_000_000_000)
  })

  it('reports nothing of what was there before it was followed, and what changes from then on', () => {
    const watching = new Watching([STATE])
    watching.write(FILE, state({ a: goal('g', 3) }))
    expect(watching.look()).toEqual([])
    watching.write(FILE, state({ a: goal('g', 4) }))
    expect(watching.look()).toEqual(['a usage_accounted active 4'])
  })

  it('reports what changed while nothing watched it', () => {
    const watching = followed()
    watching.write(FILE, state({ a: goal('g', 3) }))
    watching.look()
    watching.write(FILE, state({}))
    watching.restart()
    expect(watching.look()).toEqual(['a cleared active 3'])
  })

  it('waits for the rest of one that is half written or still empty, and says once that it stays invalid', () => {
    const watching = followed()
    watching.write(FILE, state({ a: goal('g') }))
    watching.look()
    const whole = state({ a: goal('g', 2) })
    for (const part of ['', whole.slice(0, 30)]) {
      watching.write(FILE, part)
      expect(watching.look()).toEqual([])
    }
    expect(watching.said).toEqual([])
    for (let n = 0; n < 60; n++) expect(watching.look()).toEqual([])
    expect(watching.said).toEqual(['/state/s.json: it is not valid JSON, and is read again once it changes'])
    watching.write(FILE, whole)
    expect(watching.look()).toEqual(['a usage_accounted active 2'])
  })

  it('follows a temporary file that is renamed over it, and one that takes its place a moment after it was removed', () => {
    const watching = followed()
    watching.write(FILE, state({ a: goal('g') }))
    watching.look()
    watching.write('state/s.json.1.tmp', state({ a: goal('g', 1) }))
    renameSync(watching.path('state/s.json.1.tmp'), watching.path(FILE))
    expect(watching.look()).toEqual(['a usage_accounted active 1'])
    rmSync(watching.path(FILE))
    expect(watching.look()).toEqual([])
    watching.write(FILE, state({ a: goal('g', 2) }))
    expect(watching.look()).toEqual(['a usage_accounted active 2'])
  })

  it('reports that the goals of a deleted one are gone, once', async () => {
    const watching = followed()
    watching.write(FILE, state({ a: goal('g', 2) }))
    watching.look()
    rmSync(watching.path(FILE))
    expect(await lookAfterAWhile(watching)).toEqual(['a cleared active 2'])
    expect(await lookAfterAWhile(watching)).toEqual([])
    watching.write(FILE, state({ a: goal('k') }))
    expect(watching.look()).toEqual(['a created active 0'])
  })

  it('keeps the goals of many files apart', () => {
    const watching = followed()
    for (let n = 0; n < 300; n++) watching.write(`state/${n}.json`, state({ [`t${n}`]: goal('g') }))
    expect(watching.look()).toHaveLength(300)
    watching.write('state/7.json', state({ t7: goal('g', 1) }))
    expect(watching.look()).toEqual(['t7 usage_accounted active 1'])
    expect(watching.size).toBe(300)
  })
})
