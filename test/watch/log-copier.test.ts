import { statSync } from 'node:fs'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { openByAny } from '../../src/sqlite/drivers.ts'
import { TrackedTables } from '../../src/sqlite/wal/tracked-tables.ts'
import { LogCopier } from '../../src/watch/log-copier.ts'
import type { LogPiece } from '../../src/watch/log-piece.ts'
import { WatchedDatabase } from '../../src/watch/watched-database.ts'
import type { SqlProcess } from './sql-process.ts'
import { CHECKPOINT, GOALS, SPEND, tokensDatabase } from './tokens-database.ts'

const FAST = 16

/** What the thread copies, with a way to wait for it. */
class PatientCopier extends LogCopier {
  readonly #copied: LogPiece[] = []
  /** Where each commit ends. */
  readonly #seen = new Set<string>()

  async hasCopied(commits: number): Promise<void> {
    await this.#copies(() => this.#seen.size === commits)
  }

  async hasCopiedTo(offset: number): Promise<void> {
    await this.#copies(() => [...this.#seen].some((one) => one.endsWith(` ${offset}`)))
  }

  override take(): LogPiece | undefined {
    const piece = this.#copied.shift() ?? super.take()
    return piece && this.#see(piece)
  }

  async #copies(isDone: () => boolean): Promise<void> {
    const look = () => {
      for (let piece = super.take(); piece; piece = super.take()) this.#copied.push(this.#see(piece))
      return isDone()
    }
    await expect.poll(look, { timeout: 50_000, interval: 5 }).toBe(true)
  }

  #see(piece: LogPiece): LogPiece {
    for (const { offset } of piece.commits) this.#seen.add(`${piece.start.header.salt} ${offset}`)
    return piece
  }
}

let file: string
let writer: SqlProcess
let copier: PatientCopier
let database: WatchedDatabase

beforeEach(async () => {
  ;({ file, writer } = await tokensDatabase())
  copier = new PatientCopier(`${file}-wal`)
  database = new WatchedDatabase(file, new TrackedTables([GOALS], openByAny()), undefined, copier)
  onTestFinished(() => database.close())
  news()
  // What is written faster than it is looked at is copied.
  await writer.run(...Array(FAST).fill('UPDATE goals SET tokens = tokens - 1'), 'UPDATE goals SET tokens = 0')
  expect(news().at(-1)).toBe(0)
})

/** The tokens after each change, and the gaps. */
function news(): (number | string)[] {
  const found: (number | string)[] = []
  for (let step = database.step(); step; step = database.step()) {
    if (step.gap) found.push(step.gap)
    for (const { tables } of step.changes) for (const { added } of tables) found.push(Number(added.rows[0]?.values[1]))
  }
  return found
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => n + first)
}

it('a log that is begun again five times while nobody looks at it loses no commit', async () => {
  for (let round = 1; round <= 5; round++) {
    await writer.run(...Array(20).fill(SPEND))
    await copier.hasCopied(20 * round)
    await writer.run(CHECKPOINT)
  }
  await writer.run(SPEND)
  expect(news()).toEqual(upTo(101))
})

it('what was copied and was read without the copy as well is taken once', async () => {
  await writer.run(...Array(10).fill(SPEND))
  expect(news()).toEqual(upTo(10))
  await writer.run(...Array(10).fill(SPEND))
  await copier.hasCopiedTo(statSync(`${file}-wal`).size)
  expect(news()).toEqual(upTo(20, 11))
  await writer.run(CHECKPOINT, SPEND)
  expect(news()).toEqual([21])
})

it('a log that is removed and made again is read on', async () => {
  await writer.run(SPEND, SPEND)
  await copier.hasCopiedTo(statSync(`${file}-wal`).size)
  await writer.run('close', 'open', SPEND)
  expect(news()).toEqual([1, 2, 3])
  await writer.run(SPEND)
  await copier.hasCopiedTo(statSync(`${file}-wal`).size)
  await writer.run(CHECKPOINT, SPEND)
  expect(news()).toEqual([4, 5])
})
