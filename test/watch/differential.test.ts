import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openByAny } from '../../src/sqlite/drivers.ts'
import { TrackedTables } from '../../src/sqlite/wal/tracked-tables.ts'
import { WatchedDatabase } from '../../src/watch/watched-database.ts'
import { RandomWriter, type WriterOptions } from './random-writer.ts'

const GOALS = {
  name: 'goals',
  columns: ['id', 'status', 'tokens', 'objective'],
  required: ['id'],
  lengths: ['objective'],
}
const SHAPES = ['rowid', 'integer', 'without'] as const
const PAGE_SIZES = [512, 1024, 4096, 8192, 65_536]

/** Follows what a writer does to its end. @returns the rows after each step that has changed them, and why any was no commit. */
async function followed(options: WriterOptions): Promise<{ seen: string[]; gaps: string[]; truth: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-watch-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'goals.db')
  const writer = new RandomWriter(file, options)
  const newDatabase = () => new WatchedDatabase(file, new TrackedTables([GOALS], openByAny()), undefined)
  let database = newDatabase()
  onTestFinished(() => database.close())
  const rows = new Map<string, readonly unknown[]>()
  // The table is there before it is followed, and empty.
  const seen: string[] = ['[]']
  const gaps: string[] = []
  const step = () => {
    try {
      return database.step()
    } catch (error) {
      gaps.push(String(error))
      database.close()
      database = newDatabase()
      rows.clear()
      return database.step()
    }
  }
  for (let last = false; ; ) {
    await setImmediate()
    if (options.inStep ? !writer.begun : !existsSync(file)) continue
    last = writer.ended
    for (let read = step(); read !== undefined; read = step()) {
      if (read.gap) gaps.push(read.gap)
      for (const { tables } of read.changes) {
        for (const { removed, added } of tables) {
          for (const { key } of removed.rows) rows.delete(key)
          for (const { key, values } of added.rows) rows.set(key, values)
        }
        const text = JSON.stringify(
          [...rows.values()].sort(([one], [other]) => ((one as never) < (other as never) ? -1 : 1)),
        )
        if (text !== seen.at(-1)) seen.push(text)
      }
      if (!read.more) break
    }
    if (last) break
    writer.goOn()
  }
  return { seen, gaps, truth: writer.truth }
}

function optionsOf(seed: number, inStep: boolean): WriterOptions {
  return {
    seed: seed * 7919,
    pageSize: PAGE_SIZES[seed % 5] as number,
    autoVacuum: (seed % 4 === 3 ? 0 : seed % 3) as 0 | 1 | 2,
    shape: SHAPES[seed % 3] as (typeof SHAPES)[number],
    commits: PAGE_SIZES[seed % 5] === 65_536 ? 50 : 120,
    inStep,
  }
}

describe('random commits, savepoints, rollbacks, checkpoints, VACUUM, new logs, rebuilt and altered tables', () => {
  it.each([...Array(10).keys()].map((n) => n + 1))('seed %i: each commit is read as SQLite has it', async (seed) => {
    const { seen, gaps, truth } = await followed(optionsOf(seed, true))
    expect(gaps).toEqual([])
    expect(seen).toEqual(truth)
  })

  it.each([11, 12, 13])(
    'seed %i, faster than it can be followed: nothing that was not, and the end is right',
    async (seed) => {
      const { seen, truth } = await followed(optionsOf(seed, false))
      let from = 0
      for (const rows of seen) {
        from = truth.indexOf(rows, from)
        if (rows !== '[]') expect(from).toBeGreaterThanOrEqual(0)
      }
      expect(seen.at(-1)).toEqual(truth.at(-1))
    },
  )
})
