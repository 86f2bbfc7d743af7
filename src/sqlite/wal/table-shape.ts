import { reason } from '../../base/diagnose.ts'
import type { OpenDatabase } from '../open-database.ts'
import type { KnownTable } from './schema-rows.ts'
import { columnsOf, layoutOf, type TableLayout } from './table-layout.ts'

/** A table that is followed, and what of its rows is wanted. */
export interface WantedTable {
  readonly name: string
  readonly columns: readonly string[]
  /** Columns without which the table counts as missing. */
  readonly required: readonly string[]
  /** Of these only the length is kept. */
  readonly lengths: readonly string[]
}

/** Which of the wanted columns a table has, and where in its records. */
export interface TableShape {
  /** In lower case, in the order of the rows' values. */
  readonly names: readonly string[]
  readonly layout: TableLayout
}

/**
 * @param notes Takes what a user has to know of the table, as sentences.
 * @returns undefined where the table is not there, or not as it is wanted.
 */
export function shapeOf(
  wanted: WantedTable,
  { name, root, sql }: KnownTable,
  notes: string[],
  open: OpenDatabase,
): TableShape | undefined {
  if (root === 0) return undefined
  try {
    const table = columnsOf(name, sql, open)
    const by = new Map(table.columns.map((column) => [column.name.toLowerCase(), column]))
    const columns = wanted.columns.flatMap((column) => by.get(column.toLowerCase()) ?? [])
    const computed = columns.find(({ at }) => at === undefined)
    if (computed) notes.push(`${name}.${computed.name} is computed, not stored, and so cannot be read from outside`)
    const stored = columns.filter(({ at }) => at !== undefined)
    const names = stored.map((column) => column.name.toLowerCase())
    const missing = wanted.required.find((column) => !isIn(names, column))
    if (missing !== undefined) {
      notes.push(`${name} has no column ${missing}`)
      return undefined
    }
    return { names, layout: layoutOf(table, stored, (column) => isIn(wanted.lengths, column)) }
  } catch (error) {
    notes.push(`what ${name} is made of is not understood: ${reason(error)}`)
    return undefined
  }
}

/** @param other As a table had it before; without a layout where it had none. */
export function isSameShape(
  one: TableShape,
  other: { readonly [Key in keyof TableShape]: TableShape[Key] | undefined },
): boolean {
  return JSON.stringify([one.layout, one.names], bigText) === JSON.stringify([other.layout, other.names], bigText)
}

function isIn(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase())
}

function bigText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
