import { warnOnce } from '../base/diagnose.ts'
import { noteForRun } from '../base/run-notes.ts'
import { Outbox, plain } from '../outbox/outbox.ts'
import { defineCompaction } from '../outbox/outbox-compaction.ts'
import { createOutbox, OUTBOX, SENDERS } from '../outbox/outbox-table.ts'
import { isCurrent } from '../outbox/outbox-version.ts'
import type { RelayHandle } from '../outbox/relay-handle.ts'
import { type Connection, rows } from '../sqlite/connection.ts'
import { hasTable } from '../sqlite/has-table.ts'
import { atomically } from './atomically.ts'
import type { AttachState } from './attach-state.ts'
import type { CaptureOptions } from './capture-options.ts'
import { findTable, namesOf, type ObservedUsage } from './observed-table.ts'
import { senderRows } from './sender-rows.ts'
import { defineFunctions, exactly } from './sql-functions.ts'
import { FUNCTIONS, identifier } from './trigger-sql.ts'
import { createTriggers, dropTriggers } from './triggers.ts'

/** What goaltrace creates on the agent's connection: the outbox's tables, the functions and the triggers. */
export class TriggerInstaller {
  readonly #database: Connection
  readonly #options: CaptureOptions
  readonly #state: AttachState
  /** Where the outbox is. */
  readonly #schema: 'main' | 'temp'
  #functions = false
  /** Whether the triggers drop rows; and whether they have since they trimmed, or were rolled back to others. */
  #dropping = false
  #dropped = true

  constructor(database: Connection, options: CaptureOptions, state: AttachState) {
    this.#database = database
    this.#options = options
    this.#state = state
    this.#schema = options.memory ? 'temp' : 'main'
  }

  /**
   * Puts triggers on the goal tables that are there, in place of any that stand.
   * @returns the names of those tables, those of usage with them.
   * @throws what SQLite says; then no trigger is new.
   */
  install(): string[] {
    const database = this.#database
    if (database.readonly) return []
    const mapped = database.inTransaction && !this.#lockFirst() ? [] : this.#options.tables
    const found = mapped.map((table) => findTable(database, table))
    const tables = found.filter((table) => table !== undefined)
    if (tables.length === 0) return []
    for (const { usage } of tables) if (usage && !usage.indexed) warnOfWalk(usage)
    const senders = senderRows(database, this.#schema, tables, this.#options.resource)
    const relay = this.#options.relay()
    this.#define(relay)
    const { captureObjective, recorder } = this.#options
    const dropping = relay.compaction !== undefined
    const shared = { captureObjective, passThread: recorder.asksThread, dropping }
    // Named after the table's place in the mapping, by which they are dropped, also once another table is there.
    const triggers = found.flatMap((table, index) =>
      table === undefined
        ? []
        : createTriggers(table, index, { ...shared, sender: senders[tables.indexOf(table)] ?? 0 }),
    )
    // Before a trigger stands, so that a damaged outbox is met here and not in the agent's statement.
    const next = relay.finds(outboxOn(this.#database)) + 1
    this.#state.installing()
    atomically(database, '', [this.#drops(), ...triggers].join('\n'))
    this.#dropping = dropping
    this.#dropped = true
    const memory = !this.inFile
    noteForRun({ kind: 'goals', file: relay.name, tables: tables.map(({ table }) => table), next, memory })
    return namesOf(tables)
  }

  remove(): void {
    this.#database.exec(this.#drops())
  }

  /** Wakes the relay where another process has left pending rows. Only compiles, where there is no outbox. */
  lookForPending(): void {
    if (!this.inFile || !hasTable(this.#database, OUTBOX)) return
    this.#options.relay().finds(outboxOn(this.#database))
  }

  /** Whether all is there that `install` has created; a transaction that is rolled back takes it away. */
  stands(): boolean {
    // The outbox is compiled, not read, for the reason that #lockFirst gives.
    return this.someStand() && isCurrent(this.#database, this.#schema)
  }

  /** Whether there is any trigger of goaltrace's. */
  someStand(): boolean {
    const triggers = `SELECT 1 FROM temp.sqlite_schema WHERE type = 'trigger' AND name LIKE '\\_goaltrace\\_%' ESCAPE '\\'`
    return rows(this.#database, triggers).length > 0
  }

  /** Whether the outbox is in the agent's file, and outlives the connection. */
  get inFile(): boolean {
    return !this.#options.memory && !this.#database.memory
  }

  /**
   * In a transaction, a read before the first write would fix its snapshot, and the agent's write then fail at once where
   * another process has written since (https://sqlite.org/isolation.html). So goaltrace's first statement there is a write, as
   * the agent's is; compiling reads the schema, but keeps no lock.
   * @returns whether there is a goal table at all.
   */
  #lockFirst(): boolean {
    const goals = this.#options.tables.find(({ table }) => hasTable(this.#database, table))
    if (goals === undefined) return false
    try {
      this.#database.exec(`DELETE FROM main.${this.#options.memory ? identifier(goals.table) : SENDERS} WHERE 0`)
    } catch (error) {
      if (!/no such table/.test(String(error))) throw error
      this.#database.exec(createOutbox('main'))
    }
    return true
  }

  /** Functions cannot be removed; without triggers nothing calls them. */
  #define(relay: RelayHandle): void {
    if (this.#functions) return
    const kind = { directOnly: true, varargs: true, safeIntegers: true }
    const define = exactly((name, fn) => this.#database.function(name, kind, fn as () => unknown))
    defineFunctions(define, this.#options.recorder, relay)
    define(FUNCTIONS.trim, (newest: number) => {
      const below = relay.trimBelow(newest)
      if ((relay.compaction !== undefined) !== this.#dropping || !this.#dropped) this.#state.outdated()
      this.#dropped = !this.#dropping
      return below
    })
    defineCompaction(define, () => {
      this.#dropped = true
      return relay.compaction
    })
    this.#functions = true
  }

  #drops(): string {
    return this.#options.tables.map((table, index) => dropTriggers(index, table)).join('\n')
  }
}

/** The outbox as this connection sees it, with what it has yet to commit. */
export function outboxOn(database: Connection): Outbox {
  return new Outbox((read) => read(plain(database)))
}

function warnOfWalk({ table, goalId }: ObservedUsage): void {
  const cost = `every insert into ${table} scans the whole table, as it has no index on ${goalId}`
  warnOnce(`index ${table}`, `${cost}; create one: CREATE INDEX ${table}_${goalId} ON ${table} (${goalId})`)
}
