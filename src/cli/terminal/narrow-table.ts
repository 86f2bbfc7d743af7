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
 * Takes columns out of a table until one more has room beside them.
 * @param least Columns of the terminal that the one more takes at least.
 * @returns what is left for it, which is less where none could be taken out any more.
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
