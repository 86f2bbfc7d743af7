import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openByAny } from '../../src/sqlite/drivers.ts'
import { DamagedPageError } from '../../src/sqlite/wal/btree-page.ts'
import { checksum } from '../../src/sqlite/wal/checksum.ts'
import { UnreadableDatabaseError } from '../../src/sqlite/wal/database-header.ts'
import { TrackedTables } from '../../src/sqlite/wal/tracked-tables.ts'
import { WatchedDatabase } from '../../src/watch/watched-database.ts'
import { scratchFolder } from '../cli/goaltrace.ts'
import { SqlProcess } from './sql-process.ts'
import { CHECKPOINT, GOALS, SPEND, tokensDatabase } from './tokens-database.ts'

let file: string
let writer: SqlProcess

beforeEach(async () => {
  ;({ file, writer } = await tokensDatabase())
})

function spends(times: number): string[] {
  return Array(times).fill(SPEND)
}

function sizeOfLog(): number {
  return statSync(`${file}-wal`).size
}

/** A database that is followed from now on; each call returns the tokens after each step that changed them, and the gaps. */
function followed(path = file): (steps?: number) => (number | string)[] {
  const database = new WatchedDatabase(path, new TrackedTables([GOALS], openByAny()), undefined)
  onTestFinished(() => database.close())
  const news = (steps = Number.POSITIVE_INFINITY) => {
    const found: (number | string)[] = []
    for (let [n, step] = [1, database.step()]; step; [n, step] = [n + 1, database.step()]) {
      if (step.gap) found.push(step.gap)
      for (const { tables } of step.changes)
        for (const { added } of tables) found.push(Number(added.rows[0]?.values[1]))
      if (n >= steps || (!step.more && step.changes.length === 0)) break
    }
    return found
  }
  return news
}

describe('a log that nobody has read to its end', () => {
  it('is begun again: its end is read before the new beginning', async () => {
    const news = followed()
    expect(news()).toEqual([0])
    await writer.run(...spends(5), CHECKPOINT, SPEND)
    expect(news()).toEqual([1, 2, 3, 4, 5, 6])
    await writer.run(CHECKPOINT, ...spends(2))
    expect(news()).toEqual([7, 8])
  })

  it('is removed, and made again', async () => {
    const news = followed()
    news()
    await writer.run(...spends(3), 'close', 'open', ...spends(2))
    expect(news()).toEqual([1, 2, 3, 4, 5])
    await writer.run('close', 'open', 'PRAGMA journal_mode = WAL', SPEND)
    expect(news()).toEqual([6])
  })

  it('is overwritten: what is left is its sum, and said', async () => {
    const news = followed()
    news()
    await writer.run(SPEND, CHECKPOINT, ...spends(9))
    expect(news()).toEqual(['its log was gone before it was read', 10])
    await writer.run(SPEND)
    expect(news()).toEqual([11])
  })

  it('is begun again while what was read of it is still being applied', async () => {
    const news = followed()
    news()
    await writer.run(...spends(150))
    const found = news(1)
    expect(found.length).toBeLessThan(150)
    await writer.run(CHECKPOINT, ...spends(40))
    found.push(...news(1))
    await writer.run(CHECKPOINT, ...spends(30))
    found.push(...news())
    expect(found).toEqual(Array.from({ length: 220 }, (_, n) => n + 1))
  })

  it('is begun again twice', async () => {
    const news = followed()
    news()
    await writer.run(...spends(2), CHECKPOINT, SPEND, CHECKPOINT, SPEND)
    expect(news().filter((one) => typeof one === 'string')).toEqual(['its log was gone before it was read'])
    expect(await writer.run('all')).toBe('[{"id":1,"tokens":4}]')
  })

  it('is emptied', async () => {
    const news = followed()
    news()
    await writer.run(SPEND, 'PRAGMA wal_checkpoint(TRUNCATE)', SPEND)
    expect(news()).toEqual(['its log was gone before it was read', 2])
  })

  it('is emptied, and has grown to the same length again', async () => {
    const news = followed()
    news()
    const size = sizeOfLog()
    await writer.run(SPEND, 'PRAGMA wal_checkpoint(TRUNCATE)')
    let spent = 1
    for (; sizeOfLog() < size; spent++) await writer.run(SPEND)
    expect(sizeOfLog()).toBe(size)
    // What it wrote back hides what the emptied one had.
    await writer.run(CHECKPOINT)
    expect(news()).toEqual(['its log was gone before it was read', spent])
  })

  it('is left by a writer that was killed, also in the middle of a transaction', async () => {
    const news = followed()
    news()
    await writer.run(
      SPEND,
      'PRAGMA cache_size = 1',
      `BEGIN; ${SPEND}; INSERT INTO goals WITH RECURSIVE n (id) AS (SELECT 2 UNION ALL SELECT id + 1 FROM n WHERE id < 30) SELECT id, zeroblob(9000) FROM n`,
    )
    expect(news()).toEqual([1])
    await writer.kill()
    const next = new SqlProcess(file)
    await next.run('open', SPEND)
    expect(news()).toEqual([2])
  })
})

it('twenty threads commit at once: each is read, in the order of the commits', async () => {
  const path = join(scratchFolder(), 'goals.db')
  const script = fileURLToPath(new URL('threads-writer.mjs', import.meta.url))
  // Fewer frames than SQLite begins a log again after, however late this process comes to read them.
  const threads = spawn(process.execPath, [script, path, '20', '12'], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void threads.kill('SIGKILL'))
  await once(threads.stdout, 'data')
  const database = new WatchedDatabase(path, new TrackedTables([GOALS], openByAny()), undefined)
  onTestFinished(() => database.close())
  const seen: unknown[] = []
  const read = () => {
    for (let step = database.step(); step && step.changes.length > 0; step = database.step()) {
      if (step.gap === '') continue
      expect(step.gap).toBe(undefined)
      for (const { tables } of step.changes) {
        for (const { added } of tables) seen.push(...added.rows.map(({ values }) => values))
      }
    }
  }
  read()
  threads.stdin.write('x')
  let truth = ''
  threads.stdout.on('data', (text) => {
    truth += text
  })
  while (!truth.endsWith(']]')) {
    read()
    await setImmediate()
  }
  read()
  expect(seen).toEqual(JSON.parse(truth))
})

describe('files that are not whole', () => {
  it.each(['cut', 'changed', 'longer'])('the last commit is %s: it is as if it were not there', async (how) => {
    await writer.run(...spends(3))
    const copy = `${file}-copy.db`
    copyFileSync(file, copy)
    copyFileSync(`${file}-wal`, `${copy}-wal`)
    const log = readFileSync(`${copy}-wal`)
    if (how === 'cut') truncateSync(`${copy}-wal`, log.length - 100)
    if (how === 'longer') appendFileSync(`${copy}-wal`, log.subarray(log.length - 4120))
    if (how === 'changed') {
      log[log.length - 1] = (log.at(-1) ?? 0) ^ 1
      writeFileSync(`${copy}-wal`, log)
    }
    expect(followed(copy)()).toEqual([how === 'longer' ? 3 : 2])
  })

  it('a database of random pages is refused, and nothing is reported', async () => {
    await writer.run('PRAGMA wal_checkpoint(TRUNCATE)', 'close')
    const bytes = readFileSync(file)
    for (let at = 100; at < bytes.length; at++) bytes[at] = (at * 7919) >>> 3
    writeFileSync(`${file}-random.db`, bytes)
    expect(followed(`${file}-random.db`)).toThrow(DamagedPageError)
    writeFileSync(`${file}-other.db`, bytes.subarray(1))
    expect(followed(`${file}-other.db`)).toThrow(UnreadableDatabaseError)
  })

  it('a log of the other byte order is read as SQLite reads it', async () => {
    await writer.run(...spends(3))
    const copy = `${file}-copy.db`
    copyFileSync(file, copy)
    writeFileSync(`${copy}-wal`, inOtherOrder(readFileSync(`${file}-wal`)))
    expect(followed(copy)()).toEqual([3])
    const other = new SqlProcess(copy)
    expect(await other.run('open', 'all')).toBe('[{"id":1,"tokens":3}]')
  })
})

/** The same log, with the checksums that a big-endian machine computes. */
function inOtherOrder(log: Buffer): Buffer {
  const bytes = Buffer.from(log)
  const put = (sums: readonly [number, number], at: number) => {
    bytes.writeUInt32BE(sums[0], at)
    bytes.writeUInt32BE(sums[1], at + 4)
    return sums
  }
  bytes[3] = (bytes[3] ?? 0) ^ 1
  const bigEndian = bytes[3] % 2 === 1
  let sums = put(checksum(bytes.subarray(0, 24), bigEndian), 24)
  for (let at = 32; at + 4120 <= bytes.length; at += 4120) {
    const head = checksum(bytes.subarray(at, at + 8), bigEndian, sums)
    sums = put(checksum(bytes.subarray(at + 24, at + 4120), bigEndian, head), at + 16)
  }
  return bytes
}
