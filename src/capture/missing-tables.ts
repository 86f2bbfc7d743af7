import type { Connection } from '../sqlite/connection.ts'
import { seemsToHaveTable } from '../sqlite/has-table.ts'
import type { OwnStatements } from './own-statements.ts'
import { changeOf, mentionOf } from './sql-text.ts'

/** Mapped tables without triggers: not there, or without a goal's columns. Another connection may create them. */
export class MissingTables {
  readonly #database: Connection
  readonly #own: OwnStatements
  /** Matches a text that names one of them. */
  #mention = mentionOf([])
  #change = changeOf([])
  /** Those that were not there at all. */
  #absent: readonly string[] = []
  /** The schema's version at which they were missing. */
  #schemaVersion: unknown

  constructor(database: Connection, own: OwnStatements) {
    this.#database = database
    this.#own = own
  }

  /** Those that have no triggers now that goaltrace has attached. */
  set(tables: readonly string[]): void {
    this.#mention = mentionOf(tables)
    this.#change = changeOf(tables)
    this.#absent = tables.filter((table) => !seemsToHaveTable(this.#database, table))
    if (tables.length > 0) this.#schemaVersion = this.#own.pragma('main.schema_version')
  }

  /** Whether a text changes rows of one itself. */
  areChangedBy(sql: string): boolean {
    return this.#change.test(sql)
  }

  /**
   * Whether one that a text names may be there by now. The name alone does not count: the agent would wait for goaltrace
   * to attach again at every such statement.
   */
  mayHaveCome(sql: string): boolean {
    if (!this.#mention.test(sql)) return false
    // In a transaction, reading the schema's version would fix its snapshot; compiling keeps no lock.
    return this.#database.inTransaction
      ? this.#own.run(() => this.#absent.some((table) => seemsToHaveTable(this.#database, table)))
      : this.#own.withoutWaiting(() => this.#own.pragma('main.schema_version') !== this.#schemaVersion)
  }
}
