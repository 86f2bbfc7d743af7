import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { configuration } from '../../src/mapping/config-file.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { observed, warnings } from '../capture/observed-goals.ts'
import { Receiver } from '../receiver.ts'
import { caught } from './caught.ts'

const SCHEMA = 'CREATE TABLE missions (id INTEGER PRIMARY KEY, state TEXT)'
const MISSIONS = {
  table: 'missions',
  columns: { goalId: 'id', status: 'state' },
  statuses: { running: 'active', done: 'complete' },
}

/** The working directory, until the test is over, is a new folder with this as its goaltrace.config.json. */
function workingDirectory(config?: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-config-'))
  const before = process.cwd()
  process.chdir(folder)
  onTestFinished(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })
  if (config !== undefined) writeFileSync('goaltrace.config.json', textOf(config))
  return folder
}

const textOf = (config: unknown) => (typeof config === 'string' ? config : JSON.stringify(config))

describe('goaltrace.config.json in the working directory', () => {
  it('says which tables hold goals', async () => {
    workingDirectory({ tables: [MISSIONS] })
    const { emitted, run } = observed({ schema: SCHEMA })
    run(`INSERT INTO missions (state) VALUES ('running')`)
    run(`UPDATE missions SET state = 'done'`)
    expect(await emitted()).toEqual(['created 1/1 active -', 'status_changed 1/1 complete -'])
  })

  it('is not asked where an option says so', async () => {
    workingDirectory('{ broken')
    const tables = [{ ...MISSIONS, statuses: { running: 'paused' } as const }]
    const { emitted, run } = observed({ schema: SCHEMA, options: { tables } })
    run(`INSERT INTO missions (state) VALUES ('running')`)
    expect(await emitted()).toEqual(['created 1/1 paused -'])
  })

  it('is not asked where GOALTRACE_CONFIG names another', () => {
    workingDirectory('{ broken')
    mkdirSync('etc')
    writeFileSync('etc/goals.json', JSON.stringify({ tables: [MISSIONS] }))
    expect(configuration({ GOALTRACE_CONFIG: 'etc/goals.json' })).toEqual({ tables: [MISSIONS] })
  })

  it('saved by an editor on Windows, with a byte order mark, is read as any other', () => {
    workingDirectory(`\uFEFF${JSON.stringify({ tables: [MISSIONS] })}`)
    expect(configuration({})).toEqual({ tables: [MISSIONS] })
  })

  it('may name its JSON Schema, and an option as it was named in 0.1, which is reported once', () => {
    const said = warnings()
    workingDirectory({ $schema: './node_modules/goaltrace/goaltrace.config.schema.json', outboxLimit: 7 })
    expect(configuration({})).toEqual({ maxOutboxRows: 7 })
    expect(configuration({})).toEqual({ maxOutboxRows: 7 })
    expect(said).toEqual(['goaltrace: goaltrace.config.json: outboxLimit is deprecated; use maxOutboxRows'])
  })

  it('need not be there', () => {
    workingDirectory()
    expect(configuration({})).toBeUndefined()
  })
})

describe('a mistake in it', () => {
  it.each([
    ['{\n "tables": [\n', /^goaltrace\.config\.json: .*JSON/],
    [[MISSIONS], /: content is an array; expected an object as \{"tables":\[…\]\}$/],
    [{ durability: 'disk' }, /: durability is "disk"; expected one of outbox, memory$/],
    [{ maxOutboxRows: '10' }, /: maxOutboxRows is "10"; expected a whole number from 1$/],
    [
      { tables: [], tabels: [] },
      /: tabels is unknown; the keys are tables, durability, maxOutboxRows, files, prices, \$schema$/,
    ],
    [
      { tables: [{ ...MISSIONS, columns: { goalId: 'id' } }] },
      /: tables\[0\]\.columns\.status is missing; expected a name/,
    ],
    [
      { tables: [MISSIONS, { ...MISSIONS, usages: {} }] },
      /: tables\[1\]\.usages is unknown; the keys are table, columns/,
    ],
    [
      { tables: [{ ...MISSIONS, statuses: { done: 'completed' } }] },
      /: tables\[0\]\.statuses\.done is "completed"; expected one of/,
    ],
    [
      { tables: [MISSIONS, { ...MISSIONS, table: 'Missions' }] },
      /: tables\[1\]\.table is "Missions", which tables\[0\] maps; map it once$/,
    ],
  ])('is named with the file and its path: %j', (config, sentence) => {
    workingDirectory(config)
    const failure = caught(() => observed({ schema: SCHEMA }))
    expect(failure).toBeInstanceOf(TypeError)
    expect(failure.message).toMatch(sentence)
    expect(failure.message).toMatch(/^goaltrace\.config\.json: [^\n]+$/)
  })

  it('is a number out of its range', () => {
    workingDirectory({ maxOutboxRows: 0.5 })
    expect(() => configuration({})).toThrow(
      new RangeError('goaltrace.config.json: maxOutboxRows is 0.5; expected a whole number from 1'),
    )
  })

  it('is a file that GOALTRACE_CONFIG names and that is not there, too', () => {
    workingDirectory({ tables: [MISSIONS] })
    expect(() => configuration({ GOALTRACE_CONFIG: 'none.json' })).toThrow(
      /^none\.json, which GOALTRACE_CONFIG names, cannot be read: ENOENT/,
    )
  })
})

describe('an agent under register', () => {
  const configured = (config: unknown) => {
    const folder = new AgentFolder()
    const file = join(folder.path, 'config.json')
    writeFileSync(file, textOf(config))
    return { folder, file, env: { GOALTRACE_CONFIG: file, OTEL_LOG_LEVEL: 'warn' } }
  }

  it('is observed by the file', async () => {
    const receiver = await Receiver.start()
    const columns = { goalId: 'goal_id', threadId: 'thread_id', status: 'status' }
    const { folder, env } = configured({ tables: [{ table: 'thread_goals', columns, statuses: { active: 'paused' } }] })
    folder.start(receiver.url, [2, 'stay'], env)
    await expect.poll(() => receiver.logs.length, { timeout: 60_000 }).toBe(1)
    expect(receiver.logs[0]?.attributes['agent_goal.status']).toBe('paused')
  })

  it('runs as it does without where the file is broken: nothing is observed, and one line says why', async () => {
    const receiver = await Receiver.start()
    const { folder, file, env } = configured({ tables: [{ table: 'thread_goals' }] })
    const { code, stdout, stderr } = await folder.run(receiver.url, [2, 'exit'], env)
    const without = await folder.run(undefined, [2, 'exit'])
    expect([code, stdout]).toEqual([without.code, without.stdout])
    expect(stderr).toBe(
      `goaltrace: no goals are observed, until this is fixed: ${file}: tables[0].columns is missing; expected an object\n`,
    )
    expect(folder.rows("SELECT name FROM sqlite_schema WHERE name LIKE '%goaltrace%'")).toEqual([])
    expect(receiver.logs).toEqual([])
  })
})
