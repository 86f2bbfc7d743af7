import { noteForRun, placeOf } from '../base/run-notes.ts'
import type { GoalTable } from '../mapping/goal-table.ts'
import { loadProposals } from '../mapping/load-proposals.ts'
import type { Proposal, ProposedMapping } from '../mapping/proposed-mapping.ts'
import { type Connection, rows } from '../sqlite/connection.ts'
import { seemsToHaveTable } from '../sqlite/has-table.ts'
import { writtenTable } from './sql-text.ts'
import { identifier } from './trigger-sql.ts'

/**
 * Called where a database has tables that look as if they held goals, and nothing maps them.
 * @returns those to observe from now on.
 */
export type MetUnmapped = (proposal: Proposal, file: string) => readonly GoalTable[]

/** So often a table with the names of statuses is looked at again while it is filled. */
const MOST_LOOKS = 100

/** Looks for tables of goals that nothing maps, where a database has none that is mapped. */
export class UnmappedTables {
  readonly #database: Connection
  readonly #met: MetUnmapped | undefined
  /** Tables that a text writes to. */
  readonly #written = new Set<string>()
  /** Those of them that were not looked at yet. */
  readonly #named = new Set<string>()
  /** Those that a text has named, and all that were there. */
  readonly #seen = new Set<string>()
  #looks = 0

  constructor(database: Connection, met: MetUnmapped | undefined) {
    this.#database = database
    this.#met = met
  }

  /** Whether a text that is prepared or run writes to a table that was not there when goaltrace looked, and that may hold goals. */
  mayHaveCome(sql: string): boolean {
    if (this.#met === undefined) return false
    const table = writtenTable(sql)?.toLowerCase()
    if (table === undefined) return false
    this.#written.add(table)
    if (this.#seen.has(table)) return false
    this.#seen.add(table)
    this.#named.add(table)
    return true
  }

  /**
   * Between two of the agent's statements, the next of which writes.
   * @returns what to observe from now on, and whether it is too early to say.
   * @throws what SQLite says.
   */
  look(): { readonly tables: readonly GoalTable[]; readonly waits: boolean } {
    const file = placeOf(this.#database)
    const nothing = { tables: [], waits: false }
    if (this.#met === undefined || !this.#lockFirst()) {
      noteForRun({ kind: 'bare', file })
      return nothing
    }
    const query = (sql: string, ...parameters: unknown[]) => rows(this.#database, sql, ...parameters)
    for (const { name } of query(`SELECT lower(name) AS name FROM main.sqlite_schema WHERE type = 'table'`))
      this.#seen.add(String(name))
    const proposal = loadProposals().proposedMappings(query)
    const waits = proposal.mappings.some((one) => this.#isEarly(one)) && this.#looks++ < MOST_LOOKS
    if (waits) return { tables: [], waits }
    this.#named.clear()
    if (proposal.mappings.length > 0) return { tables: this.#met(proposal, file), waits }
    const others = proposal.guesses.map(({ mapping }) => mapping.table)
    noteForRun({ kind: 'bare', file, others, left: proposal.left })
    return nothing
  }

  /** The table with the names of its statuses may be filled yet, as long as nothing is about to write to this one. */
  #isEarly({ mapping, names }: ProposedMapping): boolean {
    return names !== undefined && (names === 0 || !this.#written.has(mapping.table.toLowerCase()))
  }

  /**
   * In a transaction, a read before the first write would fix its snapshot, as TriggerInstaller says; so the first statement
   * is a write to the table that the agent is about to write to.
   */
  #lockFirst(): boolean {
    if (!this.#database.inTransaction) return true
    const table = [...this.#named].find((name) => seemsToHaveTable(this.#database, name))
    if (table === undefined) return false
    this.#database.exec(`DELETE FROM main.${identifier(table)} WHERE 0`)
    return true
  }
}
