import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/** Before anybody observes. */
const { exec } = DatabaseSync.prototype

/** A DatabaseSync with what the tests use of better-sqlite3 besides, so that each of them runs on both. */
export class NodeSqliteDatabase extends DatabaseSync {
  readonly name: string
  #savepoints = 0

  constructor(file: string, { timeout = 5000, readonly = false }: { timeout?: number; readonly?: boolean } = {}) {
    super(file, { timeout, readOnly: readonly })
    this.name = file
  }

  /** As a statement of goaltrace's own would run. */
  execUnobserved(sql: string): void {
    exec.call(this, sql)
  }

  get inTransaction(): boolean {
    return this.isTransaction
  }

  override prepare(sql: string): StatementSync {
    return new PluckableStatement(super.prepare(sql)) as unknown as StatementSync
  }

  override close(): void {
    if (this.isOpen) super.close()
  }

  pragma(sql: string, { simple = false } = {}): unknown {
    const rows = super.prepare(`PRAGMA ${sql}`).all()
    return simple ? Object.values(rows[0] ?? {})[0] : rows
  }

  transaction(run: (...args: unknown[]) => unknown) {
    return (...args: unknown[]) => {
      const savepoint = this.isTransaction ? `t${this.#savepoints++}` : undefined
      this.prepare(savepoint ? `SAVEPOINT ${savepoint}` : 'BEGIN').run()
      try {
        const result = run(...args)
        this.prepare(savepoint ? `RELEASE ${savepoint}` : 'COMMIT').run()
        return result
      } catch (error) {
        if (this.isTransaction) {
          const undo = savepoint ? [`ROLLBACK TO ${savepoint}`, `RELEASE ${savepoint}`] : ['ROLLBACK']
          for (const sql of undo) this.prepare(sql).run()
        }
        throw error
      }
    }
  }
}

class PluckableStatement {
  readonly #statement: StatementSync
  #plucks = false

  constructor(statement: StatementSync) {
    this.#statement = statement
  }

  pluck(): this {
    this.#plucks = true
    return this
  }

  run(...parameters: SQLInputValue[]): unknown {
    return this.#statement.run(...parameters)
  }

  get(...parameters: SQLInputValue[]): unknown {
    return this.#plucked(this.#statement.get(...parameters))
  }

  all(...parameters: SQLInputValue[]): unknown[] {
    return this.#statement.all(...parameters).map((row) => this.#plucked(row))
  }

  iterate(...parameters: SQLInputValue[]): IterableIterator<unknown> {
    const rows = this.#statement.iterate(...parameters) as IterableIterator<object>
    return this.#plucks ? this.#each(rows) : rows
  }

  *#each(rows: Iterable<object>): Generator<unknown> {
    for (const row of rows) yield this.#plucked(row)
  }

  #plucked(row: object | undefined): unknown {
    return this.#plucks && row !== undefined ? Object.values(row)[0] : row
  }
}
