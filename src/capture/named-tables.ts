import { warnOnce } from '../base/diagnose.ts'
import { noteForRun, placeOf } from '../base/run-notes.ts'
import type { GoalTable } from '../mapping/goal-table.ts'
import type { Connection } from '../sqlite/connection.ts'
import type { StatementKind } from '../sqlite/statement-kind.ts'
import type { Attacher } from './attacher.ts'
import type { DroppedTables } from './dropped-tables.ts'
import { namesOf } from './observed-table.ts'
import { changeOf } from './sql-text.ts'

/** The tables that a text of the agent's names, before it runs: by them goaltrace knows what it has to look at. */
export class NamedTables {
  readonly #database: Connection
  readonly #attacher: Attacher
  readonly #dropped: DroppedTables
  /** Matches a text that changes rows of a mapped table. */
  #change = changeOf([])

  constructor(database: Connection, attacher: Attacher, dropped: DroppedTables, tables: readonly GoalTable[]) {
    this.#database = database
    this.#attacher = attacher
    this.#dropped = dropped
    this.watch(tables)
  }

  /** Sets the mapped tables. */
  watch(tables: readonly GoalTable[]): void {
    this.#change = changeOf(namesOf(tables))
    this.#dropped.watch(tables)
  }

  /** Called with each text that is prepared or run: tables may have come or may go. */
  read(sql: string): void {
    const { state, unmapped, missing } = this.#attacher
    const { name } = state
    if ((name === 'absent' || name === 'due') && unmapped.mayHaveCome(sql)) state.outdated()
    if ((name === 'attached' || name === 'absent' || name === 'uncommitted') && missing.mayHaveCome(sql))
      state.outdated()
    this.#dropped.read(sql)
  }

  /** Whether a text changes rows of a mapped table itself. */
  areChangedBy(sql: string): boolean {
    return this.#change.test(sql)
  }

  /** Warns of changes in a table of goals that the text creates itself, or that has no triggers while it runs. */
  warnOfUnseen(kind: StatementKind, sql: string): void {
    if (kind !== 'alter' && kind !== 'create') return
    const { state, missing } = this.#attacher
    const observed = kind === 'create' && state.mayStand
    if (observed ? !missing.areChangedBy(sql) : !this.areChangedBy(sql)) return
    const why = `goals that ${this.#database.name} changes in one exec() with CREATE, ALTER or DROP are not captured`
    warnOnce(why, `${why}; run them in separate calls`)
    noteForRun({ kind: 'unseen', file: placeOf(this.#database) })
  }
}
