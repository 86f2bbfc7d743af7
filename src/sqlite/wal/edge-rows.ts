import { type BtreePage, DamagedPageError, parseBtreePage } from './btree-page.ts'
import { type RowReading, rowsOf, type TableRow } from './table-row.ts'

/** Deeper than SQLite's own trees get. */
const MOST_DEPTH = 40

/**
 * The first and the last rows of a table, in the order of their rowids; the rest is not read.
 * @param most Of each.
 * @throws {DamagedPageError}
 */
export function edgeRows(root: number, reading: Omit<RowReading, 'onOverflow'>, most: number): TableRow[] {
  const from = (last: boolean) => {
    const rows: TableRow[] = []
    const visit = (page: number, depth: number) => {
      if (depth > MOST_DEPTH) throw new DamagedPageError(`page ${page} is below itself`)
      const parsed = parseBtreePage(reading.pages(page), page, reading.header.usableSize)
      // A page between others has rows of its own only in a table WITHOUT ROWID, whose order nobody asks for.
      const own = rowsOf(edgeOf(parsed, most - rows.length, last), { ...reading, onOverflow() {} })
      rows.push(...(last ? own.reverse() : own))
      for (const child of last ? [...parsed.children].reverse() : parsed.children) {
        if (rows.length >= most) return
        visit(child, depth + 1)
      }
    }
    visit(root, 0)
    return last ? rows.reverse() : rows
  }
  return [...new Map([...from(false), ...from(true)].map((row) => [row.key, row])).values()]
}

function edgeOf(page: BtreePage, count: number, last: boolean): BtreePage {
  return { ...page, cells: last ? page.cells.slice(-count) : page.cells.slice(0, count) }
}
