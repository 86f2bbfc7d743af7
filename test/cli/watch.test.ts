import { createHash } from 'node:crypto'
import { copyFileSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import Database from 'better-sqlite3'
import Encrypted from 'better-sqlite3-multiple-ciphers'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { observeGoals } from '../../src/index.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'
import { watching } from './watching.ts'

const SCHEMA = readFileSync(new URL('../recordings/schema.sql', import.meta.url), 'utf8')
const LONG = { timeout: 50_000 }

let folder: string
let file: string
let receiver: Receiver

beforeEach(async () => {
  folder = scratchFolder()
  file = join(folder, 'goals.db')
  receiver = await Receiver.start()
})

/** An agent's own connection, which knows nothing of goaltrace. */
function agent(schema = SCHEMA, path = file, mode = 'WAL'): Database.Database {
  const database = new Database(path)
  onTestFinished(() => void database.close())
  database.pragma(`journal_mode = ${mode}`)
  if (database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined) database.exec(schema)
  return database
}

function take(database: Database.Database, thread: string): void {
  database
    .prepare(`INSERT INTO thread_goals VALUES (?, 'goal', 'An objective', 'active', NULL, 0, 0, 0, 0)`)
    .run(thread)
}

function spend(database: Database.Database, thread = 't'): void {
  database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1 WHERE thread_id = ?').run(thread)
}

const watch = (env = {}) => watching([file], folder, receiver, env)

function received(): string[] {
  return receiver.logs.map(({ eventName, attributes: of }) => {
    const { 'gen_ai.conversation.id': thread, 'agent_goal.status': status, 'agent_goal.source': source } = of
    const kind = eventName.replace('agent_goal.', '')
    return [thread, kind, status, of['agent_goal.usage.tokens'], source].join(' ')
  })
}

async function arrived(count: number): Promise<string[]> {
  await expect.poll(() => receiver.logs.length, LONG).toBe(count)
  return received()
}

describe('goaltrace watch', () => {
  it('names each word for a status that is not mapped, and its table', async () => {
    const database = agent(SCHEMA.replace(/ CHECK \(status IN [^)]*\)\)/, ''))
    take(database, 't')
    const running = await watch()
    for (const status of ['parked', 'shelved', 'parked', 'complete']) {
      database.prepare('UPDATE thread_goals SET status = ?').run(status)
    }
    expect(await arrived(1)).toEqual(['t status_changed complete 0 reported'])
    const { err } = await running.end()
    for (const word of ['parked', 'shelved']) {
      expect(err.split(`the status "${word}" of "thread_goals" is not mapped`)).toHaveLength(2)
    }
  })

  it('reports what is committed, tells what it did, and goes on at the next start', async () => {
    const database = agent()
    take(database, 't')
    const first = await watch()
    spend(database)
    database.exec(`BEGIN; UPDATE thread_goals SET status = 'complete'; ROLLBACK`)
    await arrived(1)
    const { code, out, err } = await first.end()
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe(
      `${file}: watching thread_goals; Ctrl-C stops it\n${file}: 1 change of goals, nothing is pending\n`,
    )
    spend(database)
    const second = await watch()
    database.exec('DELETE FROM thread_goals')
    expect(await arrived(3)).toEqual([
      't usage_accounted active 1 reported',
      't usage_accounted active 2 reported',
      't cleared active 2 reported',
    ])
    expect((await second.end()).err).toBe('')
  })

  it("leaves the agent's files as they are, takes no lock, and keeps no objective", async () => {
    const database = agent()
    take(database, 't')
    const contents = () =>
      ['', '-wal', '-shm'].map((end) =>
        createHash('sha256')
          .update(readFileSync(`${file}${end}`))
          .digest('hex'),
      )
    const before = contents()
    const running = await watch()
    const inodes = ['', '-wal', '-shm'].map((end) => String(statSync(`${file}${end}`).ino))
    const locks = readFileSync('/proc/locks', 'utf8').split('\n')
    const own = locks.filter((line) => line.includes(` ${running.child.pid} `))
    expect(own.filter((line) => inodes.some((inode) => line.includes(`:${inode} `)))).toEqual([])
    expect(contents()).toEqual(before)
    spend(database)
    await arrived(1)
    await running.end()
    expect(readdirSync(folder).sort()).toEqual(['goals.db', 'goals.db-shm', 'goals.db-wal', 'state'])
    const kept = readdirSync(join(folder, 'state')).map((name) => readFileSync(join(folder, 'state', name), 'latin1'))
    expect(kept.join()).toContain('goal')
    expect(kept.join()).not.toContain('An objective')
  })

  it('leaves to an agent that runs with goaltrace what that reports, and reports what others change in its database', async () => {
    const observed = agent()
    const other = agent()
    take(other, 't')
    const exporter = new OTLPLogExporter({ url: `${receiver.url}/v1/logs`, timeoutMillis: 500 })
    process.env.GOALTRACE_STATE_DIR = join(folder, 'agent-state')
    const observation = observeGoals(observed, { exporter })
    const running = await watch()
    for (let n = 0; n < 5; n++) {
      spend(observed)
      spend(other)
    }
    await observation.flush()
    await arrived(10)
    const tokens = receiver.logs.map(({ attributes }) => attributes['agent_goal.usage.tokens'])
    expect(tokens.toSorted((one, next) => Number(one) - Number(next))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect((await running.end()).out).toContain('5 changes of goals, nothing is pending')
  })

  it('knows a mapping: usage in a table of its own, a goal that stays when it is deleted', async () => {
    const database = agent(`CREATE TABLE tasks (id INTEGER PRIMARY KEY, state TEXT, deleted_at TEXT);
      CREATE TABLE calls (task INTEGER, tokens REAL)`)
    writeFileSync(
      join(folder, 'config.json'),
      JSON.stringify({
        tables: [
          {
            table: 'Tasks',
            columns: { goalId: 'id', status: 'State', deletedAt: 'deleted_at' },
            statuses: { open: 'active', done: 'complete' },
            thread: 'main',
            usage: { table: 'calls', goalId: 'task', tokens: 'tokens' },
          },
        ],
      }),
    )
    const running = await watch({ GOALTRACE_CONFIG: join(folder, 'config.json') })
    database.exec(`INSERT INTO tasks (state) VALUES ('open')`)
    database.exec('INSERT INTO calls VALUES (1, 0.5), (1, 2)')
    database.exec(`BEGIN; INSERT INTO calls VALUES (1, 1), (2, 7); UPDATE tasks SET state = 'done'; COMMIT`)
    database.exec('DELETE FROM calls WHERE tokens = 2')
    database.exec('UPDATE tasks SET deleted_at = 1')
    expect(await arrived(6)).toEqual([
      'main created active 0 reported',
      'main usage_accounted active 2.5 reported',
      'main usage_accounted complete 3.5 reported',
      'main status_changed complete 3.5 reported',
      'main usage_accounted complete 1.5 reported',
      'main cleared complete 1.5 reported',
    ])
    expect((await running.end()).err).toBe('')
  })

  it('says once that a log is gone, and takes the rows as they stand', async () => {
    const database = agent()
    take(database, 't')
    await (await watch()).end()
    spend(database)
    spend(database)
    database.close()
    const running = await watch()
    expect(await arrived(1)).toEqual(['t usage_accounted active 2 inferred'])
    const { err } = await running.end()
    expect(err).toMatch(/^.*: its log was gone before it was read: .*inferred\n$/)
  })

  it('says what it waits for where a writer has died in a transaction, and goes on once that is over', async () => {
    const dying = agent(SCHEMA, join(folder, 'dying.db'), 'DELETE')
    for (let n = 0; n < 200; n++) take(dying, `t${n}`)
    // Some of its pages are in the file before the transaction ends.
    dying.exec(
      `PRAGMA cache_size = 1; BEGIN; UPDATE thread_goals SET tokens_used = 7, objective = objective || hex(zeroblob(500))`,
    )
    copyFileSync(join(folder, 'dying.db'), file)
    copyFileSync(join(folder, 'dying.db-journal'), `${file}-journal`)
    const running = await watch()
    await running.says('goals.db-journal ends; if the program that wrote it has died')
    const database = agent(SCHEMA, file, 'DELETE')
    expect(database.prepare('SELECT sum(tokens_used) AS sum FROM thread_goals').get()).toEqual({ sum: 0 })
    await running.prints('Ctrl-C')
    await expect
      .poll(() => {
        spend(database, 't0')
        return receiver.logs.length
      }, LONG)
      .toBeGreaterThan(0)
    expect(received()[0]).toMatch(/^t0 usage_accounted active \d+ inferred$/)
    const { err } = await running.end()
    expect(err.split('goals.db-journal')).toHaveLength(2)
  })

  it('follows a database with a rollback journal, by comparing', async () => {
    const database = agent(SCHEMA, file, 'DELETE')
    take(database, 't')
    const running = await watch()
    spend(database)
    expect(await arrived(1)).toEqual(['t usage_accounted active 1 inferred'])
    database.exec('DELETE FROM thread_goals')
    expect(await arrived(2)).toContain('t cleared active 1 inferred')
    expect((await running.end()).err).toContain('rollback journal')
  })

  it('follows a file that takes the place of another', async () => {
    const database = agent()
    take(database, 't')
    spend(database)
    database.close()
    const backup = join(folder, 'backup.db')
    copyFileSync(file, backup)
    const running = await watch()
    const newer = agent()
    spend(newer)
    await arrived(1)
    newer.close()
    unlinkSync(file)
    await running.says('it was deleted or moved')
    renameSync(backup, file)
    expect(await arrived(2)).toEqual(['t usage_accounted active 2 reported', 't usage_accounted active 1 inferred'])
    spend(agent())
    await arrived(3)
    expect((await running.end()).err).toContain('another file')
  })

  it('refuses a file that it cannot read, and a second watch of one', async () => {
    const encrypted = new Encrypted(join(folder, 'encrypted.db'))
    encrypted.pragma(`cipher = 'sqlcipher'`)
    encrypted.pragma(`key = 'secret'`)
    encrypted.exec(SCHEMA)
    encrypted.close()
    writeFileSync(join(folder, 'text.db'), 'no database, but long enough to be one '.repeat(100))
    agent()
    const running = await watch()
    const fault = async (name: string) => {
      const { code, err } = await goaltrace(['watch', join(folder, name)], {
        GOALTRACE_STATE_DIR: join(folder, 'state'),
      }).ended
      return `${code} ${err}`.replace(folder, '')
    }
    expect(await fault('encrypted.db')).toBe(
      "1 goaltrace: /encrypted.db is encrypted, or is no SQLite database: name an agent's SQLite database.\n",
    )
    expect(await fault('text.db')).toContain('is encrypted, or is no SQLite database')
    expect(await fault('none.db')).toContain('There is no file')
    expect(await fault('goals.db')).toContain('Another goaltrace watches')
    await running.end()
  })
})
