import { warnOnce } from '../base/diagnose.ts'
import { noteForRun } from '../base/run-notes.ts'
import type { GoalTable } from '../mapping/goal-table.ts'
import { Outbox, plain } from '../outbox/outbox.ts'
import { defineCompaction } from '../outbox/outbox-compaction.ts'
import { createOutbox, OUTBOX, SENDERS } from '../outbox/outbox-table.ts'
import { checkVersion, isCurrent, upgradeOf } from '../outbox/outbox-version.ts'
import type { RelayHandle } from '../outbox/relay-handle.ts'
import { type Connection, rows } from '../sqlite/connection.ts'
import { hasTable } from '../sqlite/has-table.ts'
import { OWN_SAVEPOINT } from '../sqlite/own-names.ts'
import { literal } from '../sqlite/sql-literal.ts'
import type { AttachState } from './attach-state.ts'
import type { ChangeRecorder } from './change-recorder.ts'
import { findTable, type ObservedTable, type ObservedUsage } from './observed-table.ts'
import { defineFunctions, exactly } from './sql-functions.ts'
import { FUNCTIONS, identifier } from './trigger-sql.ts'
import { createTriggers, dropTriggers } from './triggers.ts'
import type { MetUnmapped } from './unmapped-tables.ts'

export interface CaptureOptions {
  /** Tables may be added while the connection is observed. */
  tables: readonly GoalTable[]
  /** Called where there is no mapped table, but one that looks as if it held goals. */
  readonly unmapped?: MetUnmapped | undefined
  readonly captureObjective: boolean
  /** Whether the outbox goes with the connection, in place of a table in its file. */
  readonly memory: boolean
  /** What the sender's row keeps besides the table: read by whichever process delivers. */
  readonly resource: Readonly<Record<string, unknown>>
  readonly recorder: ChangeRecorder
  readonly relay: () => RelayHandle
}

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
    const senders = this.#senders(tables)
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
    this.#atomically('', [this.#drops(), ...triggers].join('\n'))
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

  /** The id of each table's row in the senders' table, to which the outbox's rows refer; rows that are missing are added. */
  #senders(tables: readonly ObservedTable[]): number[] {
    const database = this.#database
    const table = `${this.#schema}.${SENDERS}`
    const find = (sender: string) =>
      rows(database, `SELECT id FROM ${table} WHERE sender = ?`, sender)[0]?.id as number | undefined
    const { resource } = this.#options
    const senders = tables.map((table) => JSON.stringify({ resource, table: mappingOf(table) }))
    const current = isCurrent(database, this.#schema)
    if (current) checkVersion(database, this.#schema)
    const known = current ? senders.map(find) : []
    if (known.length === senders.length && known.every((id) => id !== undefined)) return known
    const next = `(SELECT coalesce(max(id), 0) + 1 FROM ${table})`
    const add = (sender: string) => `INSERT INTO ${table} SELECT ${next}, ${literal(sender)}
      WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE sender = ${literal(sender)});`
    const write = () => {
      // The last one changes nothing: changes() of a connection that is new is as it was.
      const statements = [upgradeOf(database, this.#schema), ...senders.map(add), `DELETE FROM ${table} WHERE 0;`]
      this.#atomically(this.#options.memory ? '' : 'IMMEDIATE', statements.join('\n'))
    }
    try {
      write()
    } catch (error) {
      // Another process has upgraded the outbox since it was looked at.
      if (!/duplicate column/.test(String(error))) throw error
      write()
    }
    return senders.map((sender) => find(sender) as number)
  }

  /**
   * All of it or nothing; within the agent's transaction, if there is one. In one text, as V8 may end what comes between two
   * statements: then the agent's next changes would be in a transaction that nobody commits.
   */
  #atomically(how: 'IMMEDIATE' | '', statements: string): void {
    const database = this.#database
    const [begin, end, undo] = database.inTransaction
      ? [
          `SAVEPOINT ${OWN_SAVEPOINT}`,
          `RELEASE ${OWN_SAVEPOINT}`,
          `ROLLBACK TO ${OWN_SAVEPOINT}; RELEASE ${OWN_SAVEPOINT}`,
        ]
      : [`BEGIN ${how}`, 'COMMIT', 'ROLLBACK']
    try {
      database.exec(`${begin};\n${statements}\n${end}`)
    } catch (error) {
      // Some errors have rolled all back already (https://sqlite.org/lang_transaction.html).
      if (database.inTransaction) this.#undo(undo)
      throw error
    }
  }

  /** Tried again, as memory may be short for once: in a transaction left open the agent's own would fail. */
  #undo(undo: string): void {
    try {
      this.#database.exec(undo)
    } catch (error) {
      // The savepoint was not even set.
      if (!/no such savepoint/.test(String(error))) this.#database.exec(undo)
    }
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
  warnOnce(`index ${table}`, `${cost}: CREATE INDEX ${table}_${goalId} ON ${table} (${goalId})`)
}

/** Of all tables that have triggers. */
export function namesOf(tables: readonly GoalTable[]): string[] {
  return tables.flatMap(({ table, usage }) => (usage === undefined ? [table] : [table, usage.table]))
}

/** What the sender's row keeps of a table: the mapping, as far as it is there. */
function mappingOf({ keys, rowid, usage, ...table }: ObservedTable): GoalTable {
  if (usage === undefined) return table
  const { keys: _, rowid: __, indexed, ...mapped } = usage
  return { ...table, usage: mapped }
}
