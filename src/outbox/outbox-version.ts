import type { Connection } from '../sqlite/connection.ts'
import { tablesThere } from '../sqlite/has-table.ts'
import { COLUMNS, createOutbox, OUTBOX, SENDERS, STATE, TABLES, VERSION } from './outbox-table.ts'

type Schema = 'main' | 'temp'

/** Whether the tables are there as this goaltrace makes them. Within a transaction it only compiles. Throws what SQLite says. */
export function isCurrent(database: Connection, schema: Schema): boolean {
  if (tablesThere(database, TABLES, schema).length < TABLES.length) return false
  const needed = [
    `SELECT ${COLUMNS.join(', ')} FROM ${schema}.${OUTBOX}`,
    `SELECT id, sender FROM ${schema}.${SENDERS}`,
    `SELECT name, value FROM ${schema}.${STATE}`,
  ]
  try {
    for (const sql of needed) database.prepare(sql)
    return true
  } catch (error) {
    if (!/no such (?:table|column)/.test(String(error))) throw error
    return false
  }
}

/**
 * From any earlier version: statements that make the tables and add the columns that are missing, and nothing else, for one
 * transaction. An older goaltrace that has the file open goes on, as it names its columns.
 */
export function upgradeOf(database: Connection, schema: Schema): string {
  const there = database.prepare(`PRAGMA ${schema}.table_info(${OUTBOX})`).all() as { name: string }[]
  const names = new Set(there.map(({ name }) => name))
  // None of a table that is about to be made. Without a default SQLite rewrites the schema alone, however many rows there are.
  const missing = names.size === 0 ? [] : COLUMNS.filter((column) => !names.has(column))
  return [
    createOutbox(schema),
    ...missing.map((column) => `ALTER TABLE ${schema}.${OUTBOX} ADD COLUMN ${column};`),
    `UPDATE ${schema}.${STATE} SET value = ${VERSION} WHERE name = 'version' AND value < ${VERSION};`,
  ].join('\n')
}

/** @throws {Error} where a newer goaltrace has made the tables: what they mean is not known here. */
export function checkVersion(database: Connection, schema: Schema): void {
  const select = database.prepare(`SELECT value FROM ${schema}.${STATE} WHERE name = 'version'`).safeIntegers(false)
  refuseNewer((select.get() as { value?: unknown } | undefined)?.value)
}

/** @throws {Error} as checkVersion does, of a version that was read. */
export function refuseNewer(version: unknown): void {
  if (typeof version !== 'number' || version <= VERSION) return
  throw new Error(
    `a newer goaltrace keeps its outbox in this database (version ${version}, known here is ${VERSION}): update goaltrace here too`,
  )
}
