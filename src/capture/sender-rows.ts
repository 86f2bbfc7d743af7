import type { GoalTable } from '../mapping/goal-table.ts'
import { SENDERS } from '../outbox/outbox-table.ts'
import { checkVersion, isCurrent, upgradeOf } from '../outbox/outbox-version.ts'
import { type Connection, rows } from '../sqlite/connection.ts'
import { literal } from '../sqlite/sql-literal.ts'
import { atomically } from './atomically.ts'
import type { ObservedTable } from './observed-table.ts'

/**
 * The id of each table's row in the senders' table, to which the outbox's rows refer; rows that are missing are added, and so
 * are the outbox's tables.
 * @param schema Where the outbox is.
 * @throws what SQLite says.
 */
export function senderRows(
  database: Connection,
  schema: 'main' | 'temp',
  tables: readonly ObservedTable[],
  resource: Readonly<Record<string, unknown>>,
): number[] {
  const table = `${schema}.${SENDERS}`
  const find = (sender: string) =>
    rows(database, `SELECT id FROM ${table} WHERE sender = ?`, sender)[0]?.id as number | undefined
  const senders = tables.map((table) => JSON.stringify({ resource, table: mappingOf(table) }))
  const current = isCurrent(database, schema)
  if (current) checkVersion(database, schema)
  const known = current ? senders.map(find) : []
  if (known.length === senders.length && known.every((id) => id !== undefined)) return known
  const next = `(SELECT coalesce(max(id), 0) + 1 FROM ${table})`
  const add = (sender: string) => `INSERT INTO ${table} SELECT ${next}, ${literal(sender)}
      WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE sender = ${literal(sender)});`
  const write = () => {
    // The last one changes nothing: changes() of a connection that is new is as it was.
    const statements = [upgradeOf(database, schema), ...senders.map(add), `DELETE FROM ${table} WHERE 0;`]
    atomically(database, schema === 'temp' ? '' : 'IMMEDIATE', statements.join('\n'))
  }
  try {
    write()
  } catch (error) {
    // Another process has upgraded the outbox since it was looked at.
    if (!/duplicate column/.test(String(error))) throw error
    write()
  }
  return senders.map((sender) => find(sender) as number)
}

/** What the sender's row keeps of a table: the mapping, as far as it is there. */
function mappingOf({ keys, rowid, generated, usage, ...table }: ObservedTable): GoalTable {
  if (usage === undefined) return table
  const { indexed, keys: _keys, rowid: _rowid, generated: _generated, ...mapped } = usage
  return { ...table, usage: mapped }
}
