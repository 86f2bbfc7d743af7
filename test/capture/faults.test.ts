import { closeSync, copyFileSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { resultCode } from '../../src/sqlite/result-code.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { errorOf, FAULTS, type Fault, injectFaults, withFaults } from './injected-faults.ts'
import { code, Database, observe, TABLE, temporaryFile, warnings } from './observed-goals.ts'

injectFaults()

/** What no lasting fault can meet. */
const TOUCHES_NO_FILE = /busy_timeout|^ROLLBACK|^DROP TRIGGER/

const insert = (threads: string, how = 'INSERT') =>
  `${how} INTO thread_goals (thread_id, goal_id) VALUES ${threads
    .split(' ')
    .map((thread) => `('${thread}', 'g')`)
    .join(', ')}`

const KINDS = Object.keys(FAULTS) as Fault[]

/** What an agent of many ways says, and what it leaves in its file. */
function agent(file: string, watch: (database: Database) => () => void = () => () => {}): unknown[] {
  const said: unknown[] = []
  const say = (run: () => unknown) => {
    try {
      said.push(run())
    } catch (error) {
      said.push([resultCode(error), (error as Error).message])
    }
  }
  const database = new Database(file, { timeout: 100 })
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = OFF')
  database.exec(TABLE)
  database.exec('CREATE TABLE notes (note)')
  const end = watch(database)
  const run = (sql: string) => say(() => ({ ...(database.prepare(sql).run() as object) }))
  run(insert('a b c'))
  say(() => database.prepare('SELECT changes() AS n').get())
  run(insert('a'))
  const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1 WHERE thread_id = ?')
  say(() => spend.run('a').changes)
  say(() => [...database.prepare(`UPDATE thread_goals SET tokens_used = 2 RETURNING thread_id`).iterate()])
  say(() => database.prepare(`${insert('d')} RETURNING *`).get())
  say(() => database.prepare(`DELETE FROM thread_goals WHERE thread_id = 'd' RETURNING *`).all())
  say(
    () =>
      void database.exec(
        `${insert('e f')}; UPDATE thread_goals SET tokens_used = tokens_used + 1; BEGIN; ${insert('x')}; COMMIT`,
      ),
  )
  say(
    () =>
      void database.exec(`UPDATE thread_goals SET tokens_used = tokens_used + 1; ${insert('e')}; ${insert('never')}`),
  )
  const save = database.transaction(() => {
    database.prepare('DELETE FROM thread_goals').run()
    say(() => database.prepare(insert('a b c d')).run().changes)
    say(() => spend.run('a').changes)
    return 'saved'
  })
  say(save)
  say(() => database.inTransaction)
  run('BEGIN')
  run(insert('a', 'REPLACE'))
  run('SAVEPOINT s')
  run('DELETE FROM thread_goals')
  run('ROLLBACK TO s')
  run('COMMIT')
  run('BEGIN')
  run('ALTER TABLE thread_goals ADD COLUMN more')
  run(`UPDATE thread_goals SET status = 'complete'`)
  run('ROLLBACK')
  run(`UPDATE thread_goals SET status = 'paused' WHERE thread_id = 'a'`)
  run('CREATE TABLE thread_notes (x)')
  run('DROP TABLE thread_notes')
  run(insert('z'))
  say(() => Object.values(database.prepare('PRAGMA busy_timeout').all()[0] as object))
  say(() => database.prepare('SELECT * FROM thread_goals ORDER BY thread_id').all())
  say(() => database.prepare('PRAGMA integrity_check').all())
  say(end)
  run(insert('after'))
  database.close()
  const left = new Database(file)
  say(() => left.prepare('SELECT * FROM thread_goals ORDER BY thread_id').all())
  left.close()
  return said
}

const file = temporaryFolder()

/** A new file each time, so that every run begins alike. */
function temporaryFolder(): () => string {
  let count = 0
  return () => join(dirname(temporaryFile()), `${count++}.sqlite`)
}

function observedAgent(fails: (n: number, sql: string) => Error | undefined): { said: unknown[]; steps: number } {
  const path = file()
  let said: unknown[] = []
  const steps = withFaults(fails, () => {
    said = agent(path, (database) => {
      const { observation } = observe(database)
      return () => observation.close()
    })
  })
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
  return { said, steps }
}

describe("an agent, where a statement of goaltrace's own fails", () => {
  it.each(KINDS)('by %s, says and leaves what it does without goaltrace', { timeout: 120_000 }, (fault) => {
    const bare = agent(file())
    const { said, steps } = observedAgent(() => undefined)
    expect(said).toEqual(bare)
    expect(steps).toBeGreaterThan(50)
    warnings()
    // Each statement by three of the nine kinds.
    for (let n = 1 + (KINDS.indexOf(fault) % 3); n <= steps; n += 3) {
      const once = observedAgent((step) => (step === n ? errorOf(fault) : undefined))
      expect(once.said, `the ${n}th of ${steps}`).toEqual(bare)
    }
    for (let n = 1; n <= steps; n += 5) {
      const everAfter = observedAgent((step, sql) =>
        step >= n && !TOUCHES_NO_FILE.test(sql) ? errorOf(fault) : undefined,
      )
      expect(everAfter.said, `from the ${n}th of ${steps} on`).toEqual(bare)
    }
  })
})

describe('a fault of the disk that takes the transaction back in which goaltrace attaches', () => {
  it('ends the statement of the agent, which then commits all of a transaction or nothing', {
    timeout: 120_000,
  }, () => {
    const attempt = (fault?: number) => {
      const path = file()
      const before = new Database(path)
      before.exec(TABLE)
      before.close()
      const database = new Database(path)
      database.exec('BEGIN')
      const { observation } = observe(database)
      let failed = 0
      const steps = withFaults(
        (step) => {
          if (step !== fault) return undefined
          // As SQLite does itself.
          if (database.inTransaction) database.exec('ROLLBACK')
          return errorOf('a fault of the disk')
        },
        () => {
          try {
            for (const thread of ['a', 'b', 'c']) database.prepare(insert(thread)).run()
            database.exec('COMMIT')
          } catch (error) {
            expect(String(error)).toContain('disk I/O error')
            failed++
          }
        },
      )
      const left = database.prepare('SELECT count(*) FROM thread_goals').pluck().get()
      observation.close()
      database.close()
      return { failed, left, steps }
    }
    const { steps, ...well } = attempt()
    expect(well).toEqual({ failed: 0, left: 3 })
    warnings()
    for (let n = 1; n <= steps; n++) {
      const { failed, left } = attempt(n)
      expect([failed, left], `the ${n}th of ${steps}`).toEqual(failed === 0 ? [0, 3] : [1, 0])
    }
  })
})

describe('a database of which only goaltrace’s own pages are damaged', () => {
  it('is to the agent as without goaltrace, whichever page it is', { timeout: 120_000 }, () => {
    const path = file()
    const first = new Database(path)
    first.pragma('synchronous = OFF')
    first.exec(TABLE)
    const { observation, run } = observe(first)
    run(insert('a b'))
    for (let n = 0; n < 300; n++) run('UPDATE thread_goals SET tokens_used = tokens_used + 1')
    observation.close()
    const pages = first
      .prepare(`SELECT pageno FROM dbstat WHERE name LIKE '\\_goaltrace%' ESCAPE '\\' ORDER BY pageno`)
      .pluck()
      .all() as number[]
    const size = Number(first.pragma('page_size', { simple: true }))
    first.close()
    expect(pages.length).toBeGreaterThan(5)

    const play = (damaged: readonly number[], filler: number, watch: boolean) => {
      const copy = file()
      copyFileSync(path, copy)
      const bytes = openSync(copy, 'r+')
      for (const page of damaged) writeSync(bytes, Buffer.alloc(size, filler), 0, size, (page - 1) * size)
      closeSync(bytes)
      const database = new Database(copy)
      database.pragma('synchronous = OFF')
      const observation = watch ? observe(database).observation : undefined
      const said: unknown[] = []
      const say = (result: unknown) => said.push(result)
      const more = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
      for (let n = 0; n < 40; n++) say(more.run().changes)
      database.exec(
        `UPDATE thread_goals SET tokens_used = tokens_used + 1; ${insert('c')}; DELETE FROM thread_goals WHERE thread_id = 'b'`,
      )
      say(
        database.transaction(() => {
          say(database.prepare('DELETE FROM thread_goals').run().changes)
          say(database.prepare(insert('a b')).run().changes)
          for (let n = 0; n < 40; n++) say(more.run().changes)
          return database.prepare('SELECT * FROM thread_goals').all()
        })(),
      )
      say([...database.prepare('DELETE FROM thread_goals RETURNING *').iterate()])
      observation?.close()
      database.close()
      return said
    }
    warnings()
    const bare = play(pages, 0xee, false)
    for (const filler of [0xee, 0]) {
      for (const damaged of [...pages.map((page) => [page]), pages]) {
        expect(play(damaged, filler, true), `pages ${damaged} filled with ${filler}`).toEqual(bare)
      }
    }
  })
})

describe('a file that may not grow', () => {
  it.each(['alone', 'in a transaction', 'by exec'])(
    'takes the updates of the agent that need no room, %s',
    { timeout: 120_000 },
    (how) => {
      const warned = warnings()
      const database = new Database(file())
      database.exec(TABLE)
      const { observation, run } = observe(database)
      run(insert('a b c'))
      database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`)
      const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
      const all = () => {
        for (let n = 0; n < 500; n++) {
          if (how === 'by exec') database.exec('UPDATE thread_goals SET tokens_used = tokens_used + 1; SELECT 1')
          else spend.run()
        }
      }
      if (how === 'in a transaction') database.transaction(all)()
      else all()
      expect(database.prepare('SELECT sum(tokens_used) FROM thread_goals').pluck().get()).toBe(1500)
      expect(warned.filter((line) => /is interrupted: .*full/.test(line))).toHaveLength(1)
      observation.close()
      database.close()
    },
  )
})

describe('a transaction in which goaltrace has removed its triggers', () => {
  it('takes the updates of the agent after its ROLLBACK, which brings the triggers back', () => {
    const warned = warnings()
    const database = new Database(file())
    database.pragma('synchronous = OFF')
    database.exec(TABLE)
    const { observation, run } = observe(database)
    run(insert('a b c'))
    database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`)
    const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
    run('BEGIN')
    for (let n = 0; n < 500; n++) spend.run()
    expect(warned.filter((line) => /is interrupted: .*full/.test(line))).toHaveLength(1)
    run('ROLLBACK')
    for (let n = 0; n < 500; n++) spend.run()
    expect(database.prepare('SELECT sum(tokens_used) FROM thread_goals').pluck().get()).toBe(1500)
    observation.close()
    database.close()
  })
})

describe('an outbox that is damaged while the agent runs', () => {
  it('costs the agent the transaction that meets it first, and no other one', () => {
    const warned = warnings()
    const path = file()
    const database = new Database(path)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = OFF')
    database.exec(TABLE)
    database.exec('CREATE TABLE notes (note)')
    const { observation, run } = observe(database)
    run(insert('a'))
    damageOutbox(path)
    const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
    const transaction = database.transaction(() => spend.run().changes)
    // SQLite takes no write any more in a transaction that has met damage: see TableCheck.
    expect(code(transaction)).toBe('SQLITE_CORRUPT')
    for (let n = 0; n < 3; n++) expect(transaction()).toBe(1)
    expect(spend.run().changes).toBe(1)
    expect(database.prepare('SELECT tokens_used FROM thread_goals').pluck().get()).toBe(4)
    expect(warned.filter((line) => line.includes('is interrupted'))).toHaveLength(1)
    observation.close()
    database.close()
  })
})

/** By another connection, so that the agent's reads its pages again. */
function damageOutbox(path: string): void {
  const other = new Database(path)
  other.pragma('wal_checkpoint(TRUNCATE)')
  const size = Number(other.pragma('page_size', { simple: true }))
  const root = other.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = '_goaltrace_outbox'`).pluck().get()
  const bytes = openSync(path, 'r+')
  writeSync(bytes, Buffer.alloc(size, 0xee), 0, size, (Number(root) - 1) * size)
  closeSync(bytes)
  other.exec(`INSERT INTO notes VALUES ('new')`)
  other.close()
}

describe('an agent under register whose outbox is damaged', () => {
  it('ends as it does without goaltrace', { timeout: 120_000 }, async () => {
    const folder = new AgentFolder()
    await folder.run('http://127.0.0.1:9', [3, 'end'])
    const database = new BetterSqlite3(folder.file)
    database.pragma('wal_checkpoint(TRUNCATE)')
    const size = Number(database.pragma('page_size', { simple: true }))
    const root = database.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = '_goaltrace_outbox'`).pluck().get()
    database.close()
    const bytes = openSync(folder.file, 'r+')
    writeSync(bytes, Buffer.alloc(size, 0xee), 0, size, (Number(root) - 1) * size)
    closeSync(bytes)
    const bare = await folder.start(undefined, [3, 'exit']).ended
    const observed = await folder.start('http://127.0.0.1:9', [3, 'exit']).ended
    expect(observed).toEqual(bare)
    expect(bare).toMatchObject({ code: 3, stdout: 'committed 3\n' })
    const warned = await folder.start('http://127.0.0.1:9', [3, 'exit'], { OTEL_LOG_LEVEL: 'warn' }).ended
    expect(warned.code).toBe(3)
    expect(warned.stderr.match(/observing .* is interrupted: .*malformed/g)).toHaveLength(1)
  })
})

describe('an agent whose own timers throw', () => {
  it.each(['alone', 'in a transaction', 'by exec'])('writes its goals as without goaltrace, %s', (how) => {
    const warned = warnings()
    const database = new Database(file())
    database.pragma('synchronous = OFF')
    database.exec(TABLE)
    const { observation } = observe(database)
    const { setTimeout } = globalThis
    globalThis.setTimeout = (() => {
      throw new Error('no timers here')
    }) as never
    try {
      const write = () =>
        how === 'by exec' ? database.exec(`${insert('a')}; ${insert('b')}`) : database.prepare(insert('a b')).run()
      if (how === 'in a transaction') database.transaction(write)()
      else write()
    } finally {
      globalThis.setTimeout = setTimeout
    }
    expect(database.prepare('SELECT count(*) FROM thread_goals').pluck().get()).toBe(2)
    expect(warned.filter((line) => line.includes('no timers here'))).toHaveLength(1)
    observation.close()
    database.close()
  })
})
