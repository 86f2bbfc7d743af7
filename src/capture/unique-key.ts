import type { PartialIndex } from './partial-index.ts'

/** Columns whose values are unique together: a REPLACE deletes rows that have the same. */
export interface UniqueKey {
  readonly columns: readonly KeyColumn[]
  /** Where they are unique in some rows only. */
  readonly partial?: PartialIndex | undefined
}

export interface KeyColumn {
  readonly name: string
  /** The index's, which decides whether two texts are the same; the column may have another. */
  readonly collation?: string | undefined
}
