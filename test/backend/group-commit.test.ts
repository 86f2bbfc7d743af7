import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EventStore } from '../../src/backend/store/event-store.ts'
import { connectionTo, scratchFolder } from './running-backend.ts'
import { storedEvent } from './stored-rows.ts'

const request = (uid: string) => ({ receivedAtMs: 0, events: [storedEvent({ uid })] })

function opened() {
  const store = new EventStore(join(scratchFolder(), 'backend.db'))
  const witness = connectionTo(store.database.name)
  onTestFinished(() => {
    witness.close()
    store.close()
  })
  return {
    store,
    uids: () => witness.prepare('SELECT uid FROM event ORDER BY seq').pluck().all(),
    /** Changes with each commit of another connection: https://sqlite.org/pragma.html#pragma_data_version */
    version: () => witness.pragma('data_version', { simple: true }) as number,
  }
}

describe('requests that arrive together', () => {
  it('are committed together, each done when that is', async () => {
    const { store, uids, version } = opened()
    const before = version()
    const seen: number[] = []
    const names = Array.from({ length: 50 }, (_, n) => `uid-${n}`)
    const all = names.map(async (name) => {
      const stored = await store.append(request(name))
      seen.push(version())
      return stored
    })
    expect(uids()).toEqual([])
    expect(await Promise.all(all)).toEqual(names.map(() => ({ stored: 1, duplicates: 0, rejected: 0 })))
    expect(uids()).toEqual(names)
    // One commit, and no request was answered before it.
    expect(new Set(seen)).toEqual(new Set([before + 1]))
  })

  it('are each answered what became of them, and one that is there twice is stored once', async () => {
    const { store, uids } = opened()
    const answers = await Promise.all([
      store.append(request('a')),
      store.append(request('a')),
      store.append(request('b')),
    ])
    expect(answers.map(({ stored, duplicates }) => [stored, duplicates])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ])
    expect(uids()).toEqual(['a', 'b'])
  })

  it('do not fail with one that cannot be stored', async () => {
    const { store, uids } = opened()
    store.database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON event WHEN NEW.uid = 'bad'
      BEGIN SELECT RAISE(ABORT, 'not this one'); END`)
    const answers = await Promise.allSettled(['a', 'bad', 'b'].map((uid) => store.append(request(uid))))
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(uids()).toEqual(['a', 'b'])
    expect(store.database.prepare('SELECT events FROM goal').pluck().get()).toBe(2)
  })

  it('fail together, and soon, where the file is locked', async () => {
    const { store, uids } = opened()
    const other = connectionTo(store.database.name)
    other.exec('BEGIN IMMEDIATE')
    const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => store.append(request(`uid-${n}`))))
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true)
    // Once the time that SQLite waits for a lock, not fifty times, which the test would not wait for.
    other.exec('ROLLBACK')
    other.close()
    await store.append(request('later'))
    expect(uids()).toEqual(['later'])
  })
})
