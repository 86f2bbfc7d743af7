import type { Connection } from '../sqlite/connection.ts'
import type { OpenDatabase } from '../sqlite/open-database.ts'
import type { Readable } from './outbox-state.ts'
import { createOutbox, OUTBOX, SENDERS } from './outbox-table.ts'

/** Rows of a copy: about 13 MB. Those after them stay pending until the next start. */
const MOST_ROWS = 100_000

/** A copy in memory of what is pending from this row on, for when its connection is closed. Throws what SQLite says. */
export function copyOutbox(from: Connection, seq: number, open: OpenDatabase): Readable {
  // Integers are read as bigints, so that large ids stay exact.
  const all = (sql: string, ...of: unknown[]) =>
    from
      .prepare(sql)
      .safeIntegers(true)
      .all(...of) as object[]
  const rows = all(`SELECT * FROM ${OUTBOX} WHERE seq >= ? ORDER BY seq LIMIT ${MOST_ROWS}`, seq)
  const senders = all(`SELECT * FROM ${SENDERS}`)
  const copy = new open(':memory:', { timeout: 0 })
  copy.exec(createOutbox('main'))
  for (const [table, all] of [
    [OUTBOX, rows],
    [SENDERS, senders],
  ] as const) {
    const [first] = all
    if (first === undefined) continue
    const names = Object.keys(first)
    const insert = copy.prepare(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    )
    copy.exec('BEGIN')
    for (const row of all) insert.run(...Object.values(row))
    copy.exec('COMMIT')
  }
  return { prepare: (sql) => copy.prepare(sql), isCopy: true }
}
