import type { Checksum } from '../sqlite/wal/checksum.ts'
import { pageSum } from '../sqlite/wal/table-tree.ts'
import type { TrackedTables } from '../sqlite/wal/tracked-tables.ts'
import type { DatabaseFile } from './database-file.ts'
import type { WalCommits } from './wal-file.ts'

/** Pages whose version in the database's file is another one than is known, with that version. */
export function differentPages(tables: TrackedTables, file: DatabaseFile, size: number): Map<number, Checksum> {
  const different = new Map<number, Checksum>()
  for (const [, tree] of tables.trees()) {
    for (const [page, { overflow, sums }] of tree.pages) {
      for (const [n, one] of [page, ...overflow].entries()) {
        const found = sumOf(one, file.page(one, size), size)
        if (found[0] !== sums[n]?.[0] || found[1] !== sums[n]?.[1]) different.set(one, found)
      }
    }
  }
  return different
}

/** Takes out those that a log has written. */
export function explainPages(different: Map<number, Checksum>, { commits }: WalCommits): void {
  for (const { pages } of commits) {
    for (const [page, found] of different) {
      const bytes = pages.get(page)
      if (bytes === undefined) continue
      const [one, other] = pageSum(page, bytes)
      if (one === found[0] && other === found[1]) different.delete(page)
    }
  }
}

function sumOf(page: number, bytes: Buffer, size: number): Checksum {
  return bytes.length < size ? [0, 0] : pageSum(page, bytes)
}
