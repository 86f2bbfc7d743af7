import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { GoalTable } from '../../src/index.ts'
import { observeGoals } from '../../src/index.ts'
import { scratchFolder } from '../cli/goaltrace.ts'
import { drizzleKitPush } from './drizzle-kit.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  writeFileSync(file, text.replace(from, to))
}

/** The example's project, with a goal pending in the outbox, and one more column in its schema than in its table. */
async function project() {
  const folder = scratchFolder()
  process.env.GOALTRACE_STATE_DIR = join(folder, 'state')
  cpSync(join(ROOT, 'examples/soft-delete'), folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const file = join(folder, 'goals.db')
  await drizzleKitPush(folder, file)
  const database = new Database(file)
  const { tables } = JSON.parse(readFileSync(join(folder, 'goaltrace.config.json'), 'utf8')) as { tables: GoalTable[] }
  const never = { export() {} }
  observeGoals(database, { tables, exporter: never })
  database.exec(`INSERT INTO goals (uuid, title, created_at) VALUES ('g', 'Wait', 0)`)
  database.close()
  edit(join(folder, 'schema.js'), 'deletedAt:', `notes: text('notes'),\n  deletedAt:`)
  return { folder, file }
}

function rows(file: string, sql: string): unknown[] {
  const database = new Database(file)
  try {
    return database.prepare(sql).pluck().all()
  } finally {
    database.close()
  }
}

const OUTBOX = `SELECT name FROM sqlite_schema WHERE name = '_goaltrace_outbox'`
const NOTES = `SELECT name FROM pragma_table_info('goals') WHERE name = 'notes'`

describe('drizzle-kit push, with a change pending in the outbox', () => {
  it.each([[[]], [['--force']]])('with a tablesFilter that excludes it, %j: the outbox is kept', async (args) => {
    const { folder, file } = await project()
    await drizzleKitPush(folder, file, ...args)
    expect(rows(file, NOTES)).toEqual(['notes'])
    expect(rows(file, 'SELECT goal FROM _goaltrace_outbox')).toEqual(['g'])
  })

  it('without the filter: it asks, and with --force the outbox and its pending rows are lost', async () => {
    const { folder, file } = await project()
    edit(join(folder, 'drizzle.config.js'), `tablesFilter: ['!_goaltrace_*'],`, '')
    expect(await drizzleKitPush(folder, file)).toContain('delete _goaltrace_outbox table with 1 items')
    expect(rows(file, OUTBOX)).toEqual(['_goaltrace_outbox'])
    await drizzleKitPush(folder, file, '--force')
    expect(rows(file, OUTBOX)).toEqual([])
  })
})
