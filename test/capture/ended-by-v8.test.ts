import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { injectFaults, withFaults } from './injected-faults.ts'
import { connect, Database, isNodeSqlite, observe, observed, TABLE, temporaryFile } from './observed-goals.ts'

injectFaults()

/** Longer than a step takes, so that for the most part V8 ends it where it hangs; wherever it does, the agent goes on. */
const TIMEOUT_MS = 30

/** As an agent runs a tool's code. @returns whether it ran to its end. */
function endedInTime(run: () => unknown): boolean {
  try {
    runInNewContext('run()', { run }, { timeout: TIMEOUT_MS })
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' })
    return false
  }
}

/** The files go with the test. */
function fast(database: Database): void {
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = OFF')
}

function hang(): never {
  for (;;);
}

const insert = (thread: string) => `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('${thread}', 'g')`

/** What an agent does by tools, each of which is repeated where it was ended before it did its work. */
const TOOLS: readonly { readonly sql: readonly string[]; readonly done: string }[] = [
  { sql: [TABLE], done: `SELECT 1 FROM sqlite_schema WHERE name = 'thread_goals'` },
  { sql: [insert('a')], done: `SELECT 1 FROM thread_goals WHERE thread_id = 'a'` },
  { sql: ['BEGIN', insert('b'), insert('c'), 'COMMIT'], done: `SELECT 1 FROM thread_goals WHERE thread_id = 'c'` },
  {
    sql: ['CREATE TABLE more (one)', insert('d')],
    done: `SELECT 1 FROM thread_goals WHERE thread_id = 'd'`,
  },
  {
    sql: ['ALTER TABLE thread_goals ADD COLUMN more'],
    done: `SELECT 1 FROM pragma_table_info('thread_goals') WHERE name = 'more'`,
  },
  { sql: [insert('e')], done: `SELECT 1 FROM thread_goals WHERE thread_id = 'e'` },
]

/** Runs the tools, of which one hangs at goaltrace's n-th statement. @returns how many there were, and whether it hung. */
async function agent(n: number): Promise<{ steps: number; hung: boolean }> {
  const file = temporaryFile()
  const database = connect(file, { timeout: 1234 })
  fast(database)
  const { observation, emitted } = observe(database)
  let hung = false
  let tool = false
  const steps = withFaults(
    (step) => {
      if (step !== n || !tool) return undefined
      hung = true
      hang()
    },
    () => {
      for (const { sql, done } of TOOLS) {
        const run = () => {
          for (const text of sql) {
            try {
              database.prepare(text).run()
            } catch (error) {
              if (!/already exists/.test(String(error))) throw error
            }
          }
        }
        tool = true
        const ended = endedInTime(run)
        tool = false
        if (ended) continue
        if (sql.includes('BEGIN') && database.inTransaction) database.exec('ROLLBACK')
        expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 1234 })
        expect(database.inTransaction).toBe(false)
        if (database.prepare(done).get() === undefined) run()
      }
    },
  )
  const other = new Database(file, { timeout: 0 })
  other.exec('DELETE FROM more')
  expect(other.prepare('SELECT thread_id FROM thread_goals').pluck().all()).toEqual(['a', 'b', 'c', 'd', 'e'])
  other.close()
  const created = (await emitted()).map((line) => line.split(' ').slice(0, 2).join(' '))
  expect(created).toEqual(['a', 'b', 'c', 'd', 'e'].map((thread) => `created ${thread}/g`))
  observation.close()
  return { steps, hung }
}

/** Each statement by one of the projects that this test runs in. */
const FIRST = isNodeSqlite ? 1 : process.env.GOALTRACE_TEST_OBSERVED === 'from the start' ? 2 : 3

describe('an agent whose tool runs out of time while goaltrace attaches', () => {
  it('has all rows, its busy timeout and no open transaction, and all changes are reported', async () => {
    const { steps } = await agent(0)
    expect(steps).toBeGreaterThan(100)
    let hung = 0
    for (let n = FIRST; n <= steps; n += 5) {
      const one = await agent(n)
      if (one.hung) hung++
    }
    expect(hung).toBeGreaterThan(10)
  })
})

describe('an agent whose tool runs out of time while goaltrace closes', () => {
  it('has what it writes then, its busy timeout and no open transaction', async () => {
    const close = async (n: number) => {
      const file = temporaryFile()
      const database = connect(file, { timeout: 1234 })
      fast(database)
      database.exec(TABLE)
      const { observation, emitted, run } = observe(database)
      run(insert('a'))
      // Delivered, so that closing writes the checkpoint.
      expect(await emitted()).toHaveLength(1)
      const steps = withFaults(
        (step) => (step === n ? hang() : undefined),
        () => void endedInTime(() => observation.close()),
      )
      run(insert('b'))
      expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 1234 })
      expect(database.inTransaction).toBe(false)
      const other = new Database(file, { timeout: 0 })
      other.exec(insert('c'))
      expect(other.prepare('SELECT thread_id FROM thread_goals').pluck().all()).toEqual(['a', 'b', 'c'])
      other.close()
      return steps
    }
    const steps = await close(0)
    expect(steps).toBeGreaterThan(5)
    for (let n = 1; n <= steps; n++) await close(n)
  })
})

describe('a change that V8 ends within its statement', () => {
  it('is not made, and the next one is reported with its own thread and span', async () => {
    let hangs = false
    const context = (threadId: string) => (hangs ? hang() : { sessionId: `of ${threadId}` })
    const exported: Record<string, unknown>[] = []
    const exporter = {
      export(records: { attributes: Record<string, unknown> }[], done: (_: { code: number }) => void) {
        exported.push(...records.map(({ attributes }) => attributes))
        done({ code: 0 })
      },
    }
    const { database, run, emitted } = observed({ options: { resolveThread: context, exporter } })
    run(insert('a'))
    hangs = true
    expect(endedInTime(() => run(insert('b')))).toBe(false)
    hangs = false
    run(insert('c'))
    await emitted()
    expect(database.prepare('SELECT thread_id FROM thread_goals').pluck().all()).toEqual(['a', 'c'])
    expect(exported.map((of) => of['session.id'])).toEqual(['of a', 'of c'])
  })

  it('does not keep the next one from being delivered', async () => {
    process.env.OTEL_BLRP_SCHEDULE_DELAY = '10'
    let exported = 0
    const exporter = {
      export(records: unknown[], done: (_: { code: number }) => void) {
        exported += records.length
        done({ code: 0 })
      },
    }
    const { run } = observed({ options: { exporter } })
    const { setTimeout } = globalThis
    globalThis.setTimeout = hang as never
    expect(endedInTime(() => run(insert('a')))).toBe(false)
    globalThis.setTimeout = setTimeout
    run(insert('b'))
    await expect.poll(() => exported).toBe(1)
    delete process.env.OTEL_BLRP_SCHEDULE_DELAY
  })

  it('leaves the totals of a usage table as they were', async () => {
    const schema = `CREATE TABLE goals (id TEXT PRIMARY KEY, status TEXT);
      CREATE TABLE usage (goal TEXT, tokens INTEGER); CREATE INDEX usage_goal ON usage (goal)`
    const usage = { table: 'usage', goalId: 'goal', tokens: 'tokens' }
    const columns = { goalId: 'id', status: 'status' }
    const options = { tables: [{ table: 'goals', columns, usage }] }
    let hangs = false
    const resolveThread = () => (hangs ? hang() : undefined)
    const { database, run, emitted } = observed({ schema, options: { ...options, resolveThread } })
    run(`INSERT INTO goals VALUES ('g', 'active')`)
    run('BEGIN')
    run(`INSERT INTO usage VALUES ('g', 1)`)
    hangs = true
    expect(endedInTime(() => run(`INSERT INTO usage VALUES ('g', 100)`))).toBe(false)
    hangs = false
    expect(database.inTransaction).toBe(true)
    run(`INSERT INTO usage VALUES ('g', 10)`)
    run('COMMIT')
    expect(await emitted()).toEqual([
      'created g/g active 0',
      'usage_accounted g/g active 1',
      'usage_accounted g/g active 11',
    ])
  })
})
