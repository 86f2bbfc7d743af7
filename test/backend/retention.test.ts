import { statSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventStore } from '../../src/backend/store/event-store.ts'
import type { ReceivedEvent } from '../../src/backend/store/received-records.ts'
import { type Removed, removedText } from '../../src/backend/store/removed-rows.ts'
import { Retention } from '../../src/backend/store/retention.ts'
import type { Limits } from '../../src/backend/store/retention-limits.ts'
import { goalRecord, logs } from './goal-records.ts'
import { runningBackend, scratchFolder } from './running-backend.ts'
import { storedEvent, storedSpan } from './stored-rows.ts'

const NOW = 1_790_000_000_000
const DAY = 86_400_000

function opened(file = ':memory:') {
  const store = new EventStore(file)
  const reported: Removed[] = []
  return {
    store,
    reported,
    count: (table: string) => store.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    /** Removes what the limits say, and ends. */
    async keep(limits: Limits): Promise<void> {
      const retention = new Retention(store.database, limits, (removed) => reported.push(removed))
      await retention.sweep(NOW)
      retention.close()
    },
  }
}

describe('what is older than it is to be kept', () => {
  it('goes, with the goals that have no event left, and is reported', async () => {
    const { store, reported, count, keep } = opened()
    const old = NOW - 91 * DAY
    const startedAtNs = BigInt(old) * 1_000_000n
    store.write([
      {
        receivedAtMs: old,
        events: [1, 2, 3].map((n) => storedEvent({ uid: `old-${n}`, goalId: n === 3 ? 'both' : 'gone' })),
        rejected: [{ reason: 'r', record: '{}', resource: null }],
        spans: [storedSpan({ spanId: 'old', startedAtNs })],
      },
      {
        receivedAtMs: NOW - 89 * DAY,
        events: [4, 5].map((n) => storedEvent({ uid: `new-${n}`, goalId: 'both', tokensUsed: null })),
        rejected: [{ reason: 's', record: '{}', resource: null }],
        spans: [storedSpan({ spanId: 'new', startedAtNs: startedAtNs + BigInt(2 * DAY) * 1_000_000n })],
      },
    ])
    await keep({ age: 90 * DAY })
    expect(reported).toEqual([{ events: 3, goals: 1, spans: 1, rejected: 1 }])
    expect(removedText(reported[0] as Removed, { age: 90 * DAY })).toBe(
      'Removed 3 events, 1 goal, 1 span, 1 rejected record: older than 90d.',
    )
    expect([count('event'), count('rejected'), count('span')]).toEqual([2, 1, 1])
    // What is known of a goal is known still.
    expect(store.database.prepare('SELECT goal_id, events, tokens_used FROM goal').all()).toEqual([
      { goal_id: 'both', events: 2, tokens_used: 1200 },
    ])
  })

  it('goes in steps, all of it', async () => {
    const { store, reported, count, keep } = opened()
    const events = Array.from({ length: 2345 }, (_, n) => storedEvent({ uid: `uid-${n}`, goalId: `goal-${n % 7}` }))
    store.write([{ receivedAtMs: NOW - 2 * DAY, events }])
    await keep({ age: DAY })
    expect(reported).toEqual([{ events: 2345, goals: 7, spans: 0, rejected: 0 }])
    expect([count('event'), count('goal')]).toEqual([0, 0])
  })

  it('is nothing where nothing is old, and then nothing is reported', async () => {
    const { store, reported, count, keep } = opened()
    store.write([{ receivedAtMs: NOW, events: [storedEvent({})] }])
    await keep({ age: DAY })
    expect([reported, count('event')]).toEqual([[], 1])
  })
})

describe('a goal of which some events are gone', () => {
  it('counts those that are left, also when late ones come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ goal: fc.nat(2), at: fc.nat(5), old: fc.boolean() }), { maxLength: 30 }),
        async (events) => {
          const { store, keep } = opened()
          for (const [n, { goal, at, old }] of events.entries()) {
            const event = storedEvent({ uid: `uid-${n}`, goalId: `goal-${goal}`, occurredAtNs: BigInt(at) })
            store.write([{ receivedAtMs: old ? 0 : NOW, events: [event] }])
            if (n % 5 === 4) await keep({ age: DAY })
          }
          const counted = 'SELECT goal_id, count(*) AS events FROM event GROUP BY thread_id, goal_id ORDER BY goal_id'
          expect(store.database.prepare('SELECT goal_id, events FROM goal ORDER BY goal_id').all()).toEqual(
            store.database.prepare(counted).all(),
          )
          store.close()
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('a goal of which the newest events are gone', () => {
  /** Events that occurred at these seconds and arrived in this order; the first of them is then removed. */
  async function afterRemoval(first: Partial<ReceivedEvent>, ...later: Partial<ReceivedEvent>[]) {
    const { store, keep } = opened()
    const at = (seconds: number) => BigInt(seconds) * 1_000_000_000n
    const write = (event: Partial<ReceivedEvent>, uid: string, receivedAtMs: number) =>
      store.write([{ receivedAtMs, events: [storedEvent({ uid, occurredAtNs: at(1), ...event })] }])
    write({ ...first, occurredAtNs: at(100) }, 'first', 0)
    write({ occurredAtNs: at(50), tokensUsed: null, objective: null }, 'kept', NOW)
    await keep({ age: DAY })
    for (const [n, event] of later.entries()) write({ occurredAtNs: at(60), ...event }, `later-${n}`, NOW)
    return store.database.prepare('SELECT status, stopped_at_ns, tokens_used, objective FROM goal').safeIntegers().get()
  }

  it('takes late ones, and stopped when it stopped', async () => {
    expect(await afterRemoval({ status: 'complete' }, { status: 'active' })).toMatchObject({
      status: 'complete',
      stopped_at_ns: 100_000_000_000n,
    })
  })

  it('does not go back to what an older one says', async () => {
    const goal = await afterRemoval({ tokensUsed: 1000, objective: 'New' }, { tokensUsed: 10, objective: 'Old' })
    expect(goal).toMatchObject({ tokens_used: 1000n, objective: 'New' })
  })

  it('learns from an older one what no later one has', async () => {
    const attributes = JSON.stringify({ 'agent_goal.objective': 'Old' })
    const late = { tokensUsed: 10, objective: 'Old', attributes }
    const goal = await afterRemoval({ tokensUsed: null, objective: null }, late)
    expect(goal).toMatchObject({ tokens_used: 10n, objective: 'Old' })
  })
})

describe('spans', () => {
  it('that began too long ago go from behind those of a clock that is wrong', async () => {
    const { store, count, keep } = opened()
    const spans = (many: number, name: string, at: number) =>
      Array.from({ length: many }, (_, n) =>
        storedSpan({ spanId: `${name}-${n}`, startedAtNs: BigInt(at) * 1_000_000n }),
      )
    const old = NOW - 3 * DAY
    store.write([{ receivedAtMs: NOW, spans: [...spans(600, 'ahead', NOW + DAY), ...spans(700, 'old', old)] }])
    await keep({ age: DAY })
    expect(count('span')).toBe(600)
  })

  it('that are older than goals go before them where the file is too large', async () => {
    const { store, count, keep } = opened(join(scratchFolder(), 'backend.db'))
    const name = 'x'.repeat(500)
    const spans = Array.from({ length: 5000 }, (_, n) =>
      storedSpan({ spanId: `${n}`, name, startedAtNs: BigInt(NOW - DAY) * 1_000_000n }),
    )
    store.write([{ receivedAtMs: NOW, spans, events: [storedEvent({ uid: 'goal' })] }])
    await keep({ size: 1_000_000 })
    expect(count('span')).toBeLessThan(5000)
    expect(count('event')).toBe(1)
  })
})

describe('a file that is too large', () => {
  it('becomes smaller by its first events, and stays below its limit', async () => {
    const file = join(scratchFolder(), 'backend.db')
    const { store, reported, keep } = opened(file)
    const size = 2_000_000
    for (let batch = 0; batch < 12; batch++) {
      const events = Array.from({ length: 500 }, (_, n) =>
        storedEvent({ uid: `uid-${batch}-${n}`, payload: JSON.stringify('x'.repeat(500)) }),
      )
      store.write([{ receivedAtMs: NOW, events }])
      await keep({ size })
    }
    store.database.pragma('wal_checkpoint(TRUNCATE)')
    expect(statSync(file).size).toBeLessThanOrEqual(size)
    expect(reported.length).toBeGreaterThan(1)
    const uids = store.database.prepare('SELECT uid FROM event ORDER BY seq').pluck().all() as string[]
    expect(uids.length).toBeGreaterThan(1000)
    expect(uids.at(-1)).toBe('uid-11-499')
    expect(uids).not.toContain('uid-0-0')
    expect(store.database.pragma('integrity_check', { simple: true })).toBe('ok')
    store.close()
  })
})

it.each([
  [{ age: 36 * 3_600_000 }, 'older than 36h'],
  [{ age: 14 * DAY, size: 2e9 }, 'older than 14d, or beyond 2GB'],
  [{ size: 1.5e9 }, 'beyond 1500MB'],
])('%j is said as it was asked for', (limits, said) => {
  expect(removedText({ events: 1, goals: 0, spans: 0, rejected: 0 }, limits)).toBe(`Removed 1 event: ${said}.`)
})

describe('a backend with limits', () => {
  it('says what it removed', async () => {
    const reports: string[] = []
    const backend = await runningBackend({ limits: { age: 1 }, report: (line) => reports.push(line) })
    await backend.post('/v1/logs', logs(goalRecord()))
    await expect.poll(() => reports, { timeout: 60_000 }).toEqual([expect.stringContaining('Removed 1 event, 1 goal')])
    expect(backend.rows('SELECT * FROM event')).toEqual([])
  })
})
