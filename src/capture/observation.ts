import { CREATE_OUTBOX, OUTBOX, SENDERS } from '../outbox/outbox-table.ts'
import { reason, warnOnce } from '../telemetry/diagnose.ts'
import type { Caller } from './caller.ts'
import type { ObservableDatabase, ObservableStatement } from './database.ts'
import type { GoalTable } from './goal-table.ts'
import { findTable, rows } from './observed-table.ts'
import { changesRows, isSingle, schemaChange } from './sql-text.ts'
import { createTriggers, dropTriggers, FUNCTIONS, type ObservedTable } from './triggers.ts'

/** Where the rows of a connection's file go; see outbox/relay.ts. */
export interface Outlet {
  /** Rows with a lower number have arrived and may go. */
  trimBelow(): number
  /** There are rows to deliver. Called at every change, so it has to cost nothing. */
  wake(): void
}

export interface ObservationOptions {
  readonly tables: readonly GoalTable[]
  readonly captureObjective: boolean
  /** What the sender's row keeps besides the table: told by whoever delivers. */
  readonly resource: Readonly<Record<string, unknown>>
  readonly caller: Caller
  readonly outlet: () => Outlet
}

/** After a fault that is not the schema's, observing pauses: 1 s, then twice as long each time, up to a minute. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000

/**
 * One connection of the agent, observed. Every statement that can write runs through here, so that goaltrace attaches
 * before the first change of a goal, steps aside where the schema changes, and a fault of its own never reaches the agent.
 */
export class Observation {
  readonly #database: ObservableDatabase
  readonly #options: ObservationOptions
  readonly #mentions: RegExp
  /** The tables whose triggers stand; empty where nothing is attached. */
  #tables: readonly ObservedTable[] = []
  /** The schema is to be looked at before the next write. */
  #look = true
  /** Triggers were made or dropped inside a transaction, which may take that back. */
  #fragile = false
  #functions = false
  #own = false
  #pauseMs = 0
  #resumeAt = 0
  #detached = false
  #schemaVersion: unknown

  constructor(database: ObservableDatabase, options: ObservationOptions) {
    this.#database = database
    this.#options = options
    const names = options.tables.map(({ table }) => table.replace(/[^\w]/g, '.'))
    this.#mentions = new RegExp(names.join('|') || '(?!)', 'i')
  }

  get attached(): boolean {
    return this.#tables.length > 0
  }

  prepare(sql: string, original: () => ObservableStatement): ObservableStatement {
    if (this.#own) return original()
    if (!this.attached && this.#mentions.test(sql)) this.#look = true
    return this.#guarded(original, true)
  }

  exec<T>(sql: string, original: () => T): T {
    if (this.#own) return original()
    const change = schemaChange(sql)
    if (change !== 'alters') this.#attachIfDue()
    if (change === 'none') {
      const single = isSingle(sql)
      // Several statements cannot be run again, so what another connection did to the schema has to be known before.
      if (
        !single &&
        this.attached &&
        !this.#database.inTransaction &&
        this.#schemaVersion !== this.#readSchemaVersion()
      )
        this.#look = true
      if (!single) this.#attachIfDue()
      this.#options.caller.statementStarts()
      return this.#guarded(original, single)
    }
    if (change === 'creates') return this.#changingSchema(original)
    if (this.attached && this.#mentions.test(sql) && changesRows(sql)) {
      warnOnce('exec', 'goals changed in one exec() together with ALTER or DROP are not seen; run them apart')
    }
    this.#detach()
    return this.#changingSchema(original)
  }

  /** run, get, all and the first step of iterate. */
  write<T>(statement: ObservableStatement, original: () => T): T {
    if (this.#own) return original()
    const change = schemaChange(statement.source)
    if (change === 'alters') this.#detach()
    if (change !== 'none') return this.#changingSchema(original)
    const spentMs = this.#attachIfDue()
    this.#options.caller.statementStarts()
    if (spentMs > 0) return this.#withTimeout(Math.max(0, this.#timeout() - spentMs), original)
    return this.#guarded(original, true)
  }

  /** Takes the triggers away for good; the outbox stays while rows wait in it. */
  close(): void {
    if (this.#database.open) this.#detach()
    this.#detached = true
  }

  /** Attaches now if nobody holds the file's lock, else at the next write. */
  attach(): void {
    if (this.#database.open) this.#withTimeout(0, () => this.#attachIfDue())
  }

  #changingSchema<T>(original: () => T): T {
    try {
      return original()
    } finally {
      this.#look = true
    }
  }

  /**
   * Runs a statement; where it fails because of goaltrace's trigger or outbox, runs it once more without them. A failed
   * statement has undone itself (https://sqlite.org/lang_transaction.html), so the second run is the first one.
   */
  #guarded<T>(original: () => T, repeatable: boolean): T {
    if (!this.attached) return original()
    const inTransaction = this.#database.inTransaction
    try {
      const result = original()
      this.#pauseMs = 0
      return result
    } catch (error) {
      if (!isOurs(error)) throw error
      this.#step(`observing ${this.#database.name} is interrupted: ${reason(error)}`)
      if (!repeatable || this.#database.inTransaction !== inTransaction) throw error
      return original()
    }
  }

  /** Steps aside after a fault and tells why, once. */
  #step(why: string): void {
    warnOnce(`${this.#database.name}: ${why}`, `${why}; changes of goals are not seen until this is mended`)
    this.#detach()
    this.#look = true
    if (this.#resumeAt > Date.now()) return
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2 || FIRST_PAUSE_MS)
    // The first time the schema may just have moved on: attaching to what it is now mends that at once.
    this.#resumeAt = this.#pauseMs === FIRST_PAUSE_MS ? 0 : Date.now() + this.#pauseMs
  }

  /**
   * Attaches where that is due.
   * @returns the milliseconds that this waited for another writer, of which the agent's own wait is relieved, so that
   * it never waits longer than its timeout.
   */
  #attachIfDue(): number {
    if (this.#fragile) this.#verify()
    if (!this.#look || this.#detached || Date.now() < this.#resumeAt) return 0
    const startedAt = performance.now()
    this.#own = true
    try {
      this.#tables = []
      this.#look = false
      if (this.#database.inTransaction && !this.#lockFirst()) return 0
      const tables = this.#options.tables.flatMap((table) => findTable(this.#database, table) ?? [])
      if (tables.length > 0) this.#attachTo(tables)
      return 0
    } catch (error) {
      this.#look = true
      if (!isBusy(error)) this.#step(`observing ${this.#database.name} fails: ${reason(error)}`)
      const spentMs = performance.now() - startedAt
      return isBusy(error) ? Math.max(1, spentMs) : 0
    } finally {
      this.#own = false
    }
  }

  /**
   * In a transaction, a read before the first write would fix its snapshot, and the agent's write then fail at once where
   * another process has written since (https://sqlite.org/isolation.html). So goaltrace's first step there is a write, as
   * the agent's is; compiling reads the schema, but keeps no lock.
   * @returns whether there is a goal table at all.
   */
  #lockFirst(): boolean {
    const goals = this.#options.tables.map(({ table }) => `"${table.replaceAll('"', '""')}"`)
    if (!goals.some((table) => this.#compiles(`SELECT 1 FROM main.${table}`))) return false
    const nothing = `DELETE FROM main.${SENDERS} WHERE 0`
    this.#database.exec(this.#compiles(nothing) ? nothing : CREATE_OUTBOX)
    return true
  }

  #compiles(sql: string): boolean {
    try {
      this.#database.prepare(sql)
      return true
    } catch (error) {
      if (isBusy(error)) throw error
      return false
    }
  }

  #attachTo(tables: readonly ObservedTable[]): void {
    const database = this.#database
    if (database.readonly) return
    const senders = this.#senders(tables)
    if (!this.#functions) {
      const { caller, outlet } = this.#options
      const { trimBelow, wake } = outletCalls(outlet())
      const define = (name: string, fn: (...args: never[]) => unknown, varargs = false) =>
        database.function(name, { directOnly: true, varargs, safeIntegers: false }, fn as () => unknown)
      define(FUNCTIONS.inserted, caller.inserted)
      define(FUNCTIONS.updated, caller.updated)
      define(FUNCTIONS.deleted, caller.deleted)
      define(FUNCTIONS.replacing, caller.replacing, true)
      define(FUNCTIONS.forget, caller.forget)
      define(FUNCTIONS.trim, () => {
        wake()
        return trimBelow()
      })
      this.#functions = true
    }
    const captureObjective = this.#options.captureObjective
    database.exec(
      tables
        .map(
          (table, index) => dropTriggers(index) + createTriggers(table, index, senders[index] ?? 0, captureObjective),
        )
        .join('\n'),
    )
    this.#tables = tables
    this.#fragile = database.inTransaction
    this.#schemaVersion = this.#readSchemaVersion()
    this.#options.outlet().wake()
  }

  /** The outbox and a row that tells whose rows in it are this attachment's: the only writes outside the agent's own. */
  #senders(tables: readonly ObservedTable[]): number[] {
    const database = this.#database
    const find = (sender: string) =>
      rows(database, `SELECT id FROM main.${SENDERS} WHERE sender = ?`, sender)[0]?.id as number | undefined
    const senders = tables.map(({ keys, ...table }) => JSON.stringify({ resource: this.#options.resource, table }))
    const there = rows(database, `SELECT 1 FROM main.sqlite_schema WHERE name IN ('${OUTBOX}', '${SENDERS}')`)
    const known = there.length === 2 ? senders.map(find) : []
    if (known.length === senders.length && known.every((id) => id !== undefined)) return known as number[]
    const alone = !database.inTransaction
    if (alone) database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(CREATE_OUTBOX)
      const insert = database.prepare(`INSERT INTO main.${SENDERS} (sender) VALUES (?)`)
      for (const sender of senders) if (find(sender) === undefined) insert.run(sender)
      if (alone) database.exec('COMMIT')
    } finally {
      if (alone && database.inTransaction) database.exec('ROLLBACK')
    }
    return senders.map((sender) => find(sender) as number)
  }

  #detach(): void {
    if (this.#tables.length === 0 && !this.#fragile) return
    const own = this.#own
    this.#own = true
    try {
      this.#database.exec(this.#options.tables.map((_, index) => dropTriggers(index)).join('\n'))
      this.#tables = []
      this.#fragile = this.#database.inTransaction
    } catch (error) {
      warnOnce('detach', `taking the triggers off ${this.#database.name} failed: ${reason(error)}`)
    } finally {
      this.#own = own
    }
  }

  /** Whether what was made in a transaction still stands; once it is over, for the last time. */
  #verify(): void {
    this.#own = true
    try {
      const triggers = rows(
        this.#database,
        `SELECT 1 FROM temp.sqlite_schema WHERE name LIKE '\\_goaltrace\\_%' ESCAPE '\\'`,
      )
      // Compiled, not read, for the reason that #lockFirst gives.
      const tables = [OUTBOX, SENDERS].every((table) => this.#compiles(`SELECT 1 FROM main.${table}`))
      if (triggers.length === 0 || !tables || this.#tables.length === 0) this.#look = true
      this.#fragile = this.#database.inTransaction
    } catch (error) {
      warnOnce('verify', `looking for the triggers on ${this.#database.name} failed: ${reason(error)}`)
    } finally {
      this.#own = false
    }
  }

  #readSchemaVersion(): unknown {
    return this.#ownRows('PRAGMA main.schema_version')[0]?.schema_version
  }

  #timeout(): number {
    return Number(this.#ownRows('PRAGMA busy_timeout')[0]?.timeout ?? 0)
  }

  #withTimeout<T>(timeoutMs: number, run: () => T): T {
    const before = this.#timeout()
    this.#ownRows(`PRAGMA busy_timeout = ${Math.floor(timeoutMs)}`)
    try {
      return run()
    } finally {
      if (this.#database.open) this.#ownRows(`PRAGMA busy_timeout = ${before}`)
    }
  }

  #ownRows(sql: string): Record<string, unknown>[] {
    const own = this.#own
    this.#own = true
    try {
      return rows(this.#database, sql)
    } finally {
      this.#own = own
    }
  }
}

function outletCalls(outlet: Outlet): Outlet {
  return { trimBelow: outlet.trimBelow.bind(outlet), wake: outlet.wake.bind(outlet) }
}

/** SQLITE_ERROR that names what is goaltrace's (or a column of a trigger), or a disk that cannot take its rows. */
function isOurs(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (code === 'SQLITE_FULL' || code === 'SQLITE_CORRUPT' || String(code).startsWith('SQLITE_IOERR')) return true
  return code === 'SQLITE_ERROR' && /_goaltrace|\b(?:NEW|OLD)\./i.test(String(message))
}

function isBusy(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return /^SQLITE_(?:BUSY|LOCKED)/.test(String(code)) || /connection is busy/.test(String(message))
}
