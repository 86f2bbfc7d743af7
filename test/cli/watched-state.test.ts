import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { createOutbox, TABLES } from '../../src/outbox/outbox-table.ts'
import { json, LOGS, Session } from '../files/watching.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'
import { watching } from './watching.ts'

const CLAIMS = createHash('sha256').update('#globs').digest('hex').slice(0, 32)
/** An endpoint without a receiver. */
const DOWN = 'http://127.0.0.1:9'

let folder: string
let receiver: Receiver

beforeEach(async () => {
  folder = scratchFolder()
  receiver = await Receiver.start()
})

const run = (...args: string[]) =>
  goaltrace(
    args,
    { HOME: folder, GOALTRACE_STATE_DIR: join(folder, 'state'), OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    folder,
  ).ended
/** But for the lock of all processes. */
const state = () => readdirSync(join(folder, 'state')).filter((name) => name !== `${CLAIMS}.lock`)

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

/** Watches without a receiver, while something happens. */
async function watched(args: readonly string[], happens: () => void, found: string): Promise<void> {
  const running = await watching(args, folder, receiver, { OTEL_EXPORTER_OTLP_ENDPOINT: DOWN })
  happens()
  const { out } = await running.end()
  expect(out).toContain(found)
}

const goal = () => write('.claude/goals/goal-1.json', '{"id":"g","status":"active","objective":"HERON"}')
const database = () => new Database(join(folder, 'goals.db'))
const TABLE = 'CREATE TABLE thread_goals (thread_id PRIMARY KEY, goal_id, status)'

describe('what waits of a preset that was watched', () => {
  beforeEach(() => watched(['--preset', 'claude-goal'], goal, '1 change of goals, 1 change pending'))

  it('is shown by goaltrace outbox', async () => {
    const { code, out } = await run('outbox', '--preset', 'claude-goal')
    expect(code).toBe(0)
    expect(out).toContain(`claude-goal in ${folder}: 1 change is pending`)
    expect(out).toMatch(/ {2}outbox {6}table _goaltrace_outbox in .*\.watch/)
    expect(out).toContain('created')
    expect(out).toContain('`goaltrace watch --preset claude-goal` delivers it.')
    const facts = JSON.parse((await run('outbox', '--preset', 'claude-goal', '--json')).out)
    expect(facts).toMatchObject([{ file: `claude-goal in ${folder}`, waiting: 1 }])
    expect(await run('outbox', '--preset', 'pi')).toMatchObject({
      code: 0,
      out: 'Nothing was found by `goaltrace watch --preset pi` yet.\n',
    })
  })

  it('is not removed by goaltrace remove but with --force, and nothing is kept then', async () => {
    const refused = await run('remove', '--preset', 'claude-goal')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain(
      '1 change in --preset claude-goal has not been delivered: `goaltrace watch --preset claude-goal` delivers it, ' +
        '`goaltrace remove --preset claude-goal --force` throws it away.',
    )
    const { code, out } = await run('remove', '--preset', 'claude-goal', '--force')
    expect(code).toBe(0)
    expect(out).toContain(`claude-goal in ${folder}: how far it was read is forgotten, with 1 change not delivered.`)
    expect(state()).toEqual([])
    expect((await run('remove', '--preset', 'claude-goal')).out).toBe(
      'Nothing is kept of `goaltrace watch --preset claude-goal`.\n',
    )
  })

  it('is not removed while it is watched', async () => {
    const running = await watching(['--preset', 'claude-goal'], folder, receiver)
    const { code, err } = await run('remove', '--preset', 'claude-goal', '--force')
    expect(code).toBe(1)
    expect(err).toMatch(/A goaltrace process watches .* or delivers it: end it and try again\./)
    await running.end()
  })
})

it('what waits of the files in goaltrace.config.json is shown and removed by its name', async () => {
  write('goaltrace.config.json', JSON.stringify({ files: [LOGS] }))
  const session = new Session('s')
  const begin = () => write('sessions/w/one.jsonl', json(session.header(), session.set('g')))
  await watched([], begin, '1 change of goals, 1 change pending')
  expect((await run('outbox', 'goaltrace.config.json')).out).toMatch(
    /: 1 change is pending[\s\S]*`goaltrace watch` delivers/,
  )
  expect((await run('remove', 'goaltrace.config.json', '--force')).out).toContain('with 1 change not delivered')
  expect(state()).toEqual([])
})

describe('what waits of a database that was watched', () => {
  const file = () => join(folder, 'goals.db')
  beforeEach(async () => {
    const agent = database()
    agent.exec(`PRAGMA journal_mode = WAL; ${TABLE}`)
    await watched(
      [file()],
      () => agent.exec("INSERT INTO thread_goals VALUES ('t', 'g', 'active')"),
      '1 change pending',
    )
    agent.close()
  })

  it('is shown, delivered, and removed with how far it was read, by the name of the database', async () => {
    expect((await run('outbox', file())).out).toContain(`\`goaltrace relay ${file()} --once\` delivers it.`)
    expect((await run('remove', file())).err).toContain(`1 change in ${file()} has not been delivered`)
    expect((await run('relay', file(), '--once')).out).toContain('1 change delivered, nothing is pending')
    expect(receiver.logs.map(({ eventName }) => eventName)).toEqual(['agent_goal.created'])
    expect((await run('remove', file())).out).toBe(
      `${file()} contains nothing of goaltrace.\n${file()}: how far it was read is forgotten.\n`,
    )
    expect(state()).toEqual([])
  })

  it('is not half removed while it is watched', async () => {
    const agent = database()
    agent.exec(createOutbox('main'))
    const running = await watching([file()], folder, receiver)
    const { code, err } = await run('remove', file(), '--force')
    expect([code, err]).toEqual([1, expect.stringContaining(`A goaltrace process watches ${file()}`)])
    for (const table of TABLES) expect(agent.prepare(`SELECT count(*) FROM ${table}`).all()).toHaveLength(1)
    agent.close()
    await running.end()
  })
})

it('one of a file and a preset is asked for', async () => {
  for (const args of [[], ['a.db', 'b.db'], ['a.db', '--preset', 'pi']]) {
    for (const command of ['outbox', 'remove']) {
      const { code, err } = await run(command, ...args)
      expect([code, err]).toEqual([2, expect.stringContaining("Give one file, an agent's database, or a preset: ")])
    }
  }
  expect((await run('outbox', '--preset', 'none')).err).toContain('There is no preset "none"')
})
