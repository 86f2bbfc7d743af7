import { changeOf, mentionOf } from './sql-text.ts'

/** Mapped tables without triggers: not there, or without a goal's columns. */
export class MissingTables {
  /** Matches a text that names one of them. */
  readonly mention: RegExp
  /** Matches a text that changes rows of one itself. */
  readonly change: RegExp
  /** Those that were not there at all. */
  readonly #absent: readonly string[]

  constructor(tables: readonly string[], has: (table: string) => boolean) {
    this.mention = mentionOf(tables)
    this.change = changeOf(tables)
    this.#absent = tables.filter((table) => !has(table))
  }

  /** Whether one has come since. */
  come(has: (table: string) => boolean): boolean {
    return this.#absent.some(has)
  }
}
