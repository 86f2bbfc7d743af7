import type { TableRow } from './table-row.ts'
import { sameValues } from './table-tree.ts'

/** Rows by their columns' names, as the table has them at one moment. */
export interface NamedRows {
  /** Those of the wanted columns that the table has, in lower case, in the order of the rows' values. */
  readonly names: readonly string[]
  readonly rows: readonly TableRow[]
}

/** What was taken away or changed between two moments, and what there is in its place. */
export function differences(before: NamedRows, after: NamedRows): { removed: NamedRows; added: NamedRows } {
  if (before.names.join('\0') !== after.names.join('\0')) return { removed: before, added: after }
  const old = new Map(before.rows.map((row) => [row.key, row]))
  const added = after.rows.filter((row) => !sameValues(old.get(row.key), row) || !old.delete(row.key))
  return { removed: { ...before, rows: [...old.values()] }, added: { ...after, rows: added } }
}
