import { stripVTControlCharacters } from 'node:util'
import { columnsOf } from './printable.ts'

export interface TableColumn {
  readonly right: boolean
  /** Which is left out first where the terminal is narrow; Infinity for those that stay. */
  readonly leaves: number
  /** The heading and then each row, styled. */
  readonly cells: readonly string[]
}

/** Columns of the terminal between two columns of a table. */
const GAP = 2

/**
 * Takes columns out of a table until there is room for one more.
 * @param least The least width of that one, in characters.
 * @returns the width that is left for it, which is less if no more columns could be taken out.
 */
export function roomBeside(table: TableColumn[], columns: number, least: number): number {
  for (;;) {
    const room = table.reduce((left, { cells }) => left - GAP - Math.max(...cells.map(width)), columns)
    const first = Math.min(...table.map(({ leaves }) => leaves))
    if (room >= least || first === Infinity) return room
    table.splice(
      table.findIndex(({ leaves }) => leaves === first),
      1,
    )
  }
}

function width(styled: string): number {
  return columnsOf(stripVTControlCharacters(styled))
}
