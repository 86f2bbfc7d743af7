import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GOAL_SORTS } from '../../src/backend/api/api.ts'
import { startBackend } from '../../src/backend/server.ts'
import { asBeforeVersion8 } from '../backend/earlier-indexes.ts'
import { goalRecord, logs } from '../backend/goal-records.ts'
import { connectionTo, runningBackend, scratchFolder } from '../backend/running-backend.ts'
import { left } from './earlier.ts'

describe('a file that a backend of 0.1.0 has left', () => {
  it('has its goals and events in the newer one, which takes further ones', async () => {
    const file = join(scratchFolder(), 'backend.db')
    writeFileSync(file, left('backend.sqlite'))
    const backend = await runningBackend({ file })
    const { goals } = await backend.get('/api/goals')
    expect(goals).toMatchObject([{ thread_id: 'delivered', goal_id: 'goal', status: 'active', tokens_used: 3 }])
    expect(backend.rows('SELECT event_kind FROM event ORDER BY seq').map((row) => row.event_kind)).toEqual([
      'created',
      'usage_accounted',
      'usage_accounted',
      'usage_accounted',
    ])
    await backend.close()
    const again = await runningBackend({ file })
    expect((await again.get('/api/goals')).goals).toEqual(goals)
  })
})

describe('a file of version 5, which knew no reasons', () => {
  it('keeps its goals, and takes reasons from then on', async () => {
    const first = await runningBackend()
    await first.post('/v1/logs', logs(goalRecord()))
    await first.close()
    const database = connectionTo(first.file)
    asBeforeVersion8(database)
    database.exec('DROP INDEX goal_open; ALTER TABLE goal DROP COLUMN reason; PRAGMA user_version = 5')
    database.close()
    const backend = await runningBackend({ file: first.file })
    const named = { 'agent_goal.status': 'blocked', 'agent_goal.status_reason': 'no key', 'log.record.uid': 'z' }
    await backend.post('/v1/logs', logs(goalRecord(named)))
    expect((await backend.get('/api/goals')).goals).toMatchObject([{ events: 2, status: 'blocked', reason: 'no key' }])
  })
})

describe('a file of version 7, which sorted goals by reading them all', () => {
  it('lists them in any order, and what runs', async () => {
    const first = await runningBackend()
    await first.post('/v1/logs', logs(goalRecord()))
    await first.close()
    const database = connectionTo(first.file)
    asBeforeVersion8(database)
    database.exec('PRAGMA user_version = 7')
    database.close()
    const backend = await runningBackend({ file: first.file })
    for (const sort of GOAL_SORTS) expect((await backend.get(`/api/goals?limit=1&sort=${sort}`)).total).toBe(1)
    expect((await backend.get('/api/now')).counts).toMatchObject({ active: 1 })
  })
})

describe('a file of a version that is not known yet', () => {
  it('is refused in one sentence that says what to do, and not touched', async () => {
    const file = join(scratchFolder(), 'backend.db')
    writeFileSync(file, left('backend.sqlite'))
    const newer = connectionTo(file)
    newer.pragma('user_version = 1000')
    newer.close()
    const before = readFileSync(file)
    await expect(startBackend({ port: 0, file })).rejects.toThrow(
      `${file} was made by a newer goaltrace: update this one, or name another file`,
    )
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})
