import { rmSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { observeGoals } from '../../src/index.ts'
import { pointsOf, Receiver } from '../receiver.ts'
import { observedGoals } from './observed-goals.ts'

const within = { timeout: 60_000 }
let receiver: Receiver

beforeEach(async () => {
  receiver = await Receiver.start()
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_METRIC_EXPORT_INTERVAL: '50' }
  Object.assign(process.env, env)
  onTestFinished(() => {
    for (const name of Object.keys(env)) delete process.env[name]
  })
})

/** How many goals were said to be active, each time that anything was. */
const active = () =>
  receiver.metrics
    .filter(({ name }) => name === 'agent_goal.count')
    .flatMap(pointsOf)
    .filter(({ attributes }) => attributes['agent_goal.status'] === 'active')
    .map(({ value }) => value)

/** Metrics that do not depend on the database, which show that readings go on. */
const readings = () => receiver.metrics.filter(({ name }) => name === 'agent_goal.transitions').length

/** Three goals, counted; what is said of them later is asked after readings enough for the count to be read anew. */
async function threeGoals() {
  const goals = observedGoals()
  for (const thread of ['a', 'b', 'c']) goals.create(thread)
  await goals.flush()
  await expect.poll(() => active().at(-1), within).toBe(3)
  return goals
}

async function saidMeanwhile(): Promise<number[]> {
  // One reading is kept for a second, see GoalDelivery; these take longer.
  await expect.poll(readings, within).toBeGreaterThan(readings() + 30)
  receiver.forget()
  await expect.poll(readings, within).toBeGreaterThan(30)
  return active()
}

describe('the number of goals', () => {
  it('is that of the last change in what a flush sends, however soon after another count', async () => {
    const goals = observedGoals()
    goals.create('t')
    for (const status of ['paused', 'active', 'complete']) {
      await goals.flush()
      goals.set('t', status)
    }
    await goals.flush()
    expect(active().at(-1)).toBe(0)
  })
})

describe('the number of goals, where they cannot be counted', () => {
  it('is not said to be 0 while the file is locked by another process’s writer', async () => {
    const { database } = await threeGoals()
    database.pragma('journal_mode = DELETE')
    const writer = new Database(database.name)
    onTestFinished(() => void writer.close())
    writer.exec('BEGIN EXCLUSIVE')
    expect((await saidMeanwhile()).filter((value) => value !== 3)).toEqual([])
    writer.exec('COMMIT')
    await expect.poll(() => active().at(-1), within).toBe(3)
  })

  it('is not said to be 0 while the agent is in an exclusive transaction', async () => {
    const { database } = await threeGoals()
    database.pragma('journal_mode = DELETE')
    database.exec('BEGIN EXCLUSIVE')
    expect((await saidMeanwhile()).filter((value) => value !== 3)).toEqual([])
    database.exec('COMMIT')
    await expect.poll(() => active().at(-1), within).toBe(3)
  })

  it('does not count what is not committed', async () => {
    const { database, create } = await threeGoals()
    database.exec('BEGIN')
    create('d')
    expect((await saidMeanwhile()).filter((value) => value !== 3)).toEqual([])
    database.exec('ROLLBACK')
  })

  it('is not said to be 0 of a database in memory that is closed', async () => {
    const database = new Database(':memory:')
    database.exec('CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY, goal_id TEXT, objective TEXT, status TEXT)')
    const observation = observeGoals(database)
    database.exec("INSERT INTO thread_goals VALUES ('a', 'g', 'x', 'active')")
    await observation.flush()
    await expect.poll(() => active().at(-1), within).toBe(1)
    database.close()
    expect((await saidMeanwhile()).filter((value) => value !== 1)).toEqual([])
  })

  it('is not said to be 0 of a file that is deleted, or no database any more', async () => {
    const { database } = await threeGoals()
    database.close()
    rmSync(database.name)
    expect((await saidMeanwhile()).filter((value) => value !== 3)).toEqual([])
    writeFileSync(database.name, 'no database at all, but long enough to have a header of a hundred bytes, '.repeat(3))
    expect((await saidMeanwhile()).filter((value) => value !== 3)).toEqual([])
  })

  it('is 0 where the table is dropped', async () => {
    const { database } = await threeGoals()
    database.exec('DROP TABLE thread_goals')
    await expect.poll(() => active().at(-1), within).toBe(0)
  })
})
