import { warnOnce } from '../base/diagnose.ts'
import { noteForRun, placeOf } from '../base/run-notes.ts'
import type { GoalTable } from '../mapping/goal-table.ts'
import type { Connection } from '../sqlite/connection.ts'
import { dropOf } from './sql-text.ts'
import { endedIn, identifier } from './trigger-sql.ts'

/** Milliseconds within which a rebuild renames its new table to the one that it dropped. */
const REBUILT_MS = 1000

/** More goals are not counted: the agent that drops its table would wait for it. */
const MOST_COUNTED = 100_000

interface Drop {
  readonly table: GoalTable
  readonly goals: number
  /** The id of one of them. */
  readonly goal: unknown
}

const waiting = new Set<DroppedTables>()
let awaitsExit = false

/**
 * Goal tables that are dropped with goals in them. No trigger fires for those, so no event says that they ended: one
 * warning does, unless a rebuild or a ROLLBACK brings the table back.
 */
export class DroppedTables {
  readonly #database: Connection
  #tables: readonly { readonly table: GoalTable; readonly drop: RegExp }[] = []
  /** Those that a DROP has named since they were last looked at. */
  readonly #named = new Set<GoalTable>()
  #drops: Drop[] = []
  /** Runs goaltrace's own statements; throws what SQLite says. */
  readonly #quietly: (run: () => void) => void

  constructor(database: Connection, quietly: (run: () => void) => void) {
    this.#database = database
    this.#quietly = quietly
  }

  /** Sets the tables to watch. */
  watch(tables: readonly GoalTable[]): void {
    this.#tables = tables.map((table) => ({ table, drop: dropOf(table.table) }))
  }

  /** Called with each text that is prepared or run. */
  read(sql: string): void {
    for (const { table, drop } of this.#tables) if (drop.test(sql)) this.#named.add(table)
  }

  /** Whether a DROP names one. */
  get named(): boolean {
    return this.#named.size > 0
  }

  /** Before it runs: counts the goals. @throws what SQLite says. */
  before(): void {
    for (const table of this.#named) {
      // In a transaction, a read before the first write would fix its snapshot; the agent's DROP writes as well.
      if (this.#database.inTransaction) this.#database.exec(`DELETE FROM ${nameOf(table)} WHERE 0`)
      const goals = `SELECT ${identifier(table.columns.goalId)} AS goal FROM ${nameOf(table)} AS _goaltrace_goal WHERE NOT (${endedIn(table, '_goaltrace_goal') ?? '0'})`
      const counted = `SELECT count(*) AS goals, min(goal) AS goal FROM (${goals} LIMIT ${MOST_COUNTED})`
      const [found] = this.#database.prepare(counted).safeIntegers(true).all() as { goals: bigint; goal: unknown }[]
      if (found && found.goals > 0n) this.#drops.push({ table, goals: Number(found.goals), goal: found.goal })
    }
    this.#named.clear()
  }

  /** After it has run, or failed: warns later, of tables that are not back by then. */
  after(): void {
    if (this.#drops.length === 0) return
    this.#drops = this.#drops.filter((drop) => !this.#isBack(drop))
    if (this.#drops.length > 0) this.#wait()
  }

  /** Warns of what is still gone, unless the agent's transaction may bring it back. @param last Whether this is the last chance. */
  warnOfGone(last = false): void {
    const { open, inTransaction } = this.#database
    if (this.#drops.length === 0 || (open && inTransaction && !last)) return
    const drops = open && inTransaction ? [] : this.#drops
    this.#drops = []
    waiting.delete(this)
    for (const drop of drops) if (!open || !this.#isBack(drop)) this.#warn(drop)
  }

  #wait(): void {
    if (!awaitsExit) process.on('exit', DroppedTables.warnOfAll)
    awaitsExit = true
    waiting.add(this)
    setTimeout(() => {
      this.#warnQuietly()
      if (this.#drops.length > 0) this.#wait()
    }, REBUILT_MS).unref()
  }

  #warnQuietly(last = false): void {
    try {
      this.#quietly(() => this.warnOfGone(last))
    } catch {
      // Another connection has the lock, or the agent is reading rows: tried again.
    }
  }

  static warnOfAll(): void {
    for (const one of waiting) one.#warnQuietly(true)
  }

  #isBack({ table, goal }: Drop): boolean {
    const { goalId } = table.columns
    try {
      const goals = this.#database.prepare(`SELECT 1 FROM ${nameOf(table)} WHERE ${identifier(goalId)} = ? LIMIT 1`)
      return goals.all(goal).length > 0
    } catch (error) {
      if (/no such (?:table|column)/.test(String(error))) return false
      throw error
    }
  }

  #warn({ table: { table }, goals }: Drop): void {
    const { name } = this.#database
    const count = goals < MOST_COUNTED ? goals : `${MOST_COUNTED} or more`
    const why = `${table} of ${name} was dropped with ${count} ${goals === 1 ? 'goal' : 'goals'} in it, and no event says that`
    const how = 'where they have ended, delete its rows before the table'
    warnOnce(`dropped ${name} ${table}`, `${why} ${goals === 1 ? 'it has' : 'they have'} ended; ${how}`)
    noteForRun({ kind: 'dropped', file: placeOf(this.#database), table, goals })
  }
}

function nameOf({ table }: GoalTable): string {
  return `main.${identifier(table)}`
}
