import { reason, warnOnce } from '../base/diagnose.ts'
import { noteForRun, placeOf } from '../base/run-notes.ts'
import { OUTBOX } from '../outbox/outbox-table.ts'
import { keepChangeCount } from '../sqlite/change-count.ts'
import type { Connection } from '../sqlite/connection.ts'
import { DroppedTables } from './dropped-tables.ts'
import { isOfSchema, isOurs, isPassing } from './fault.ts'
import { MissingTables } from './missing-tables.ts'
import { OwnStatements } from './own-statements.ts'
import { RetryableIterator } from './retryable-iterator.ts'
import { changeOf, isSingle, kindOfSql, type Source, type StatementKind, statementsOf } from './sql-text.ts'
import { type CaptureOptions, namesOf, TriggerInstaller } from './trigger-installer.ts'

/** After a fault of goaltrace's own that attaching anew has not mended, nothing is tried for so long. */
const PAUSE_MS = 10_000

/**
 * One connection of the agent, observed. Every statement that can write runs through here, so that goaltrace attaches
 * before the first change of a goal, steps aside where the schema changes, and a fault of its own never reaches the agent.
 */
export class Observation {
  readonly #database: Connection
  readonly #options: CaptureOptions
  readonly #installer: TriggerInstaller
  readonly #own: OwnStatements
  /** All that goals and their usage are kept in. */
  readonly #tables: readonly string[]
  readonly #change: RegExp
  /** How many of them have triggers now. */
  #attached = 0
  /** Those that had none when goaltrace last attached. */
  #missing: MissingTables
  /** The schema is to be looked at, and goaltrace to be attached anew, before the next change of rows. */
  #due = true
  /** Triggers were made or dropped in a transaction, which may take that back. */
  #fragile = false
  #closed = false
  /** Whether it is known what waits in the file. */
  #looked = false
  /** Whether goaltrace's own tables were found sound since their last fault; undefined where nobody has looked. */
  #sound: boolean | undefined
  readonly #dropped: DroppedTables
  #resumeAt = 0
  #schemaVersion: unknown

  constructor(database: Connection, options: CaptureOptions) {
    this.#database = database
    this.#options = options
    this.#own = new OwnStatements(database)
    this.#installer = new TriggerInstaller(database, options, () => {
      this.#due = true
    })
    this.#tables = namesOf(options.tables)
    this.#missing = new MissingTables(this.#tables, () => false)
    this.#change = changeOf(this.#tables)
    this.#dropped = new DroppedTables(database, options.tables, (run) => {
      this.#own.withTimeout(
        () => 0,
        () => this.#own.run(run),
      )
    })
  }

  /** Whether every statement matters, also one that the driver prepares by itself, as it may take usage back. */
  get ofEveryStatement(): boolean {
    return this.#options.tables.some(({ usage }) => usage !== undefined)
  }

  /** Whether a statement of goaltrace's own runs. */
  get own(): boolean {
    return this.#own.running
  }

  /** Attaches now if nobody holds the file's lock, else at the next change of rows. */
  attach(): void {
    // In a transaction that only reads so far, attaching would take the lock that the agent may never need.
    if (!this.#database.open || this.#database.inTransaction) return
    const attach = () => this.#attachIfDue()
    this.#own.withTimeout(() => 0, attach)
  }

  /** Runs statements of goaltrace's own, without waiting for anybody's lock. */
  quietly<T>(run: () => T): T {
    return this.#own.withTimeout(
      () => 0,
      () => this.#own.run(run),
    )
  }

  /**
   * Wakes the relay where changes wait that an earlier process has left: this one may only read. Looked for once, as
   * soon as no transaction is in the way. Never throws.
   * @returns whether there is nothing more to look for.
   */
  lookForPending(): boolean {
    if (this.#looked || this.#closed || !this.#database.open) return true
    if (this.#database.inTransaction) return false
    this.#looked = true
    try {
      this.quietly(() => this.#installer.lookForPending())
    } catch (error) {
      if (isPassing(error)) this.#looked = false
      else warnOnce('look', `whether changes wait in ${this.#database.name} is not known: ${reason(error)}`)
    }
    return this.#looked
  }

  /** Takes the triggers away for good; the outbox stays while rows wait in it. */
  close(): void {
    this.lookForPending()
    this.#closed = true
    if (!this.#database.open) return
    if (this.#attached > 0)
      this.#step(
        () => this.#options.outlet().leave(),
        (error) => this.#tellOf(error),
      )
    this.#step(() => this.#dropped.settle(true), ignore)
    this.#detach()
  }

  prepare<T>(sql: string, original: () => T): T {
    if (this.#own.running) return original()
    this.#lookForMissing(sql)
    this.#dropped.read(sql)
    return this.#guarded(original, true)
  }

  /** Whether a statement of this kind is nobody's business here, as nothing is observed of this database for now. */
  passes(kind: StatementKind): boolean {
    return this.#attached === 0 && !this.#due && !this.#fragile && (kind === 'dml' || kind === 'other')
  }

  /** `run`, `get` and `all` of a statement that is no query. */
  write<T>(kind: StatementKind, statement: object, method: (...args: unknown[]) => T, args: unknown[]): T {
    if (this.#own.running) return method.apply(statement, args)
    if (kind === 'other') {
      this.#otherStarts()
      return method.apply(statement, args)
    }
    if (kind !== 'dml' || this.#due || this.#fragile) {
      return this.#prepared(kind, () => this.#guarded(() => method.apply(statement, args), true))
    }
    if (this.#attached === 0) return method.apply(statement, args)
    const inTransaction = this.#database.inTransaction
    this.#options.caller.statementStarts(inTransaction)
    try {
      return method.apply(statement, args)
    } catch (error) {
      return this.#recover(error, () => method.apply(statement, args), this.#database.inTransaction === inTransaction)
    }
  }

  /** Its statement runs at the first step, all of it. */
  iterate(statement: Source, start: () => IterableIterator<unknown>): IterableIterator<unknown> {
    if (this.#own.running) return start()
    const iterator = this.#prepared(kindOfSql(statement.source), start)
    if (this.#attached === 0) return iterator
    return new RetryableIterator(iterator, start, (step, again) => this.#guarded(step, true, again))
  }

  exec<T>(sql: string, original: (sql: string) => T): T {
    if (this.#own.running) return original(sql)
    this.#lookForMissing(sql)
    this.#dropped.read(sql)
    const kind = kindOfSql(sql)
    // A schema that is run at each start, with the rows it begins with, finds its tables there from the second start on.
    const changes = kind === 'dml' || (kind === 'create' && this.#change.test(sql))
    const run = () => {
      this.#tellOfUnseen(kind, sql)
      return this.#attached === 0 ? original(sql) : this.#each(statementsOf(sql), original)
    }
    return this.#prepared(kind, run, changes)
  }

  /** As the driver runs them, one after the other, so that the one which fails can be run again. */
  #each<T>(statements: readonly string[], run: (sql: string) => T): T {
    const [only] = statements
    if (statements.length === 1) return this.#guarded(() => run(only as string), isSingle(only as string))
    return statements.map((sql) => this.#guarded(() => run(sql), true)).at(-1) as T
  }

  /** A transaction may begin, by what the driver prepares itself. */
  transactionStarts(): void {
    if (!this.#own.running) this.#otherStarts()
  }

  /** A call that is no statement, but does what statements of this kind do. */
  around<T>(kind: StatementKind, original: () => T): T {
    return this.#prepared(kind, () => this.#guarded(original, true))
  }

  /** A statement of which nothing is known. */
  guard<T>(original: () => T): T {
    return this.#own.running ? original() : this.#guarded(original, true)
  }

  /** What a text changes in a table of goals that it makes itself, or that nothing observes while it runs. */
  #tellOfUnseen(kind: StatementKind, sql: string): void {
    const change = kind === 'alter' || this.#attached === 0 ? this.#change : this.#missing.change
    if ((kind !== 'alter' && kind !== 'create') || !change.test(sql)) return
    const { name } = this.#database
    const why = `goals that ${name} changes in one exec() with CREATE, ALTER or DROP are not seen`
    warnOnce(why, `${why}; run them apart`)
    noteForRun({ kind: 'unseen', file: placeOf(this.#database) })
  }

  /** Runs what the agent asked for, after what goaltrace has to do before a statement of this kind. */
  #prepared<T>(kind: StatementKind, run: () => T, changes = kind === 'dml'): T {
    if (kind !== 'dml') this.#otherStarts()
    if (kind === 'other') return run()
    // A trigger that names a column would keep it from being dropped, one that names a table goes with it.
    if (kind === 'alter') {
      this.#lookAtDrops()
      this.#detach()
    }
    const observed = changes ? () => this.#withTriggers(run) : run
    if (kind === 'dml') return observed()
    try {
      return observed()
    } finally {
      this.#due = true
      if (kind === 'alter') this.#step(() => this.#dropped.after(), ignore)
    }
  }

  /** Goals that were never observed have no events that lack an end. */
  #lookAtDrops(): void {
    if (!this.#dropped.named || (this.#attached === 0 && !this.#own.run(() => this.#installer.has(OUTBOX)))) return
    this.#step(() => keepChangeCount(this.#database, () => this.#dropped.before()), ignore)
  }

  #withTriggers<T>(run: () => T): T {
    if (this.#fragile) this.#verify()
    if (!this.#due || !this.#mayTry) return run()
    const startedAt = performance.now()
    this.#attachIfDue()
    const spentMs = performance.now() - startedAt
    // What goaltrace has waited for another writer, the agent does not wait again.
    return this.#own.withTimeout((timeoutMs) => timeoutMs - spentMs, run)
  }

  #guarded<T>(run: () => T, repeatable: boolean, again = run): T {
    if (this.#attached === 0) return run()
    const inTransaction = this.#database.inTransaction
    this.#options.caller.statementStarts(inTransaction, repeatable)
    try {
      return run()
    } catch (error) {
      return this.#recover(error, again, repeatable && this.#database.inTransaction === inTransaction)
    }
  }

  /**
   * After a statement that failed because of goaltrace's trigger or outbox: once more with triggers for the schema as it
   * is now, else without any. A failed statement has undone itself (https://sqlite.org/lang_transaction.html), so
   * running it again is running it once.
   */
  #recover<T>(error: unknown, run: () => T, repeatable: boolean): T {
    this.#options.caller.usage.forget()
    if (!isOurs(error)) throw error
    this.#detach()
    this.#due = true
    if (!isOfSchema(error)) this.#sound = false
    if (!repeatable) {
      this.#tellOf(error)
      throw error
    }
    if (isOfSchema(error)) {
      this.#attachIfDue()
      try {
        return run()
      } catch (again) {
        if (!isOurs(again)) throw again
        this.#detach()
      }
    }
    // Where this fails too, the fault is the agent's own.
    const result = run()
    this.#due = true
    this.#pause(error)
    return result
  }

  #tellOf(error: unknown): void {
    const why = `observing ${this.#database.name} is interrupted: ${reason(error)}`
    warnOnce(why, `${why}; changes of goals are not seen until this is mended`)
  }

  /**
   * A missing table that a text names may be there now, by another connection: then it is due. Not by the name alone, as
   * attaching again at every statement is what the agent would wait for.
   */
  #lookForMissing(sql: string): void {
    if (this.#due || this.#attached === this.#tables.length || !this.#missing.mention.test(sql)) return
    // In a transaction, asking for the schema's version would fix its snapshot; compiling keeps no lock.
    this.#due = this.#database.inTransaction
      ? this.#own.run(() => this.#missing.come((table) => this.#installer.has(table)))
      : this.#own.withTimeout(
          () => 0,
          () => this.#own.pragma('main.schema_version') !== this.#schemaVersion,
        )
  }

  /**
   * Statements of goaltrace's own between two of the agent's.
   * @throws what took the agent's whole transaction back; see OwnStatements.run.
   */
  #step(run: () => void, failed: (error: unknown) => void): void {
    const { inTransaction } = this.#database
    this.#own.run(() => {
      try {
        run()
      } catch (error) {
        failed(error)
        if (inTransaction && !this.#database.inTransaction) throw error
      }
    })
  }

  #attachIfDue(): void {
    if (!this.#due || !this.#mayTry || (this.#sound === false && this.#database.inTransaction)) return
    const attach = () => {
      if (!this.#sound && !this.#database.inTransaction) this.#installer.check()
      const attached = keepChangeCount(this.#database, () => this.#installer.attach())
      const missing = this.#tables.filter((table) => !attached.includes(table))
      const { inTransaction } = this.#database
      this.#attached = attached.length
      this.#looked ||= attached.length > 0
      this.#sound = true
      this.#missing = new MissingTables(missing, (table) => this.#installer.has(table))
      this.#due = false
      this.#fragile ||= inTransaction
      // Where no table is there, the agent's transaction may have no snapshot yet.
      const unasked = inTransaction && attached.length === 0
      this.#schemaVersion = unasked ? undefined : this.#own.pragma('main.schema_version')
    }
    this.#step(attach, (error) => {
      if (isPassing(error)) return
      // What stands may be half of it.
      this.#detach(true)
      this.#pause(error)
    })
  }

  get #mayTry(): boolean {
    return !this.#closed && Date.now() >= this.#resumeAt
  }

  #pause(error: unknown): void {
    this.#sound = false
    this.#resumeAt = Date.now() + PAUSE_MS
    this.#tellOf(error)
  }

  /** Not a change of rows. It may begin a transaction, in which goaltrace is to attach and cannot look for damage any more. */
  #otherStarts(): void {
    const { inTransaction } = this.#database
    this.#options.caller.otherStarts(inTransaction)
    if (inTransaction || !this.#due || this.#sound || !this.#mayTry) return
    const check = () => {
      this.#installer.check()
      this.#sound = true
    }
    const look = () => this.#step(check, (error) => isPassing(error) || this.#pause(error))
    this.#own.withTimeout(() => 0, look)
  }

  #detach(certain = this.#attached > 0 || this.#fragile): void {
    if (!certain) return
    const detach = () => {
      this.#installer.detach()
      this.#attached = 0
      this.#fragile = this.#database.inTransaction
    }
    const tell = (error: unknown) =>
      warnOnce('detach', `taking the triggers off ${this.#database.name} failed: ${reason(error)}`)
    // Tried again, as memory may be short for once: with triggers that stand, what failed would fail again.
    this.#step(detach, () => this.#step(detach, tell))
  }

  /** Whether what was made or dropped in a transaction is still so; once that is over, for the last time. */
  #verify(): void {
    const verify = () => {
      const stands = this.#installer.stands()
      this.#fragile = this.#database.inTransaction
      if (this.#closed && stands) this.#installer.detach()
      else if (!stands || this.#attached === 0) this.#due = true
    }
    this.#step(verify, (error) => {
      warnOnce('verify', `looking for the triggers on ${this.#database.name} failed: ${reason(error)}`)
    })
  }
}

/** What goaltrace looks for beside its work, and does without. */
function ignore(): void {}
