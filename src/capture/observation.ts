import { OUTBOX } from '../outbox/outbox-table.ts'
import { keepChangeCount } from '../sqlite/change-count.ts'
import type { Connection } from '../sqlite/connection.ts'
import type { ConnectionObservation } from '../sqlite/connection-observation.ts'
import { seemsToHaveTable } from '../sqlite/has-table.ts'
import { kindOfSql, type Source, type StatementKind } from '../sqlite/statement-kind.ts'
import { Attacher } from './attacher.ts'
import type { CaptureOptions } from './capture-options.ts'
import { DroppedTables } from './dropped-tables.ts'
import { FaultRecovery } from './fault-recovery.ts'
import { NamedTables } from './named-tables.ts'
import { OwnStatements } from './own-statements.ts'
import { PendingLookup } from './pending-lookup.ts'
import { RetryableIterator } from './retryable-iterator.ts'
import { isSingle, statementsOf } from './sql-text.ts'

/**
 * One connection of the agent, observed. Every statement that can write runs through here, so that goaltrace attaches
 * before the first change of a goal, steps aside where the schema changes, and its own faults never reach the agent.
 */
export class Observation implements ConnectionObservation {
  readonly #database: Connection
  readonly #options: CaptureOptions
  readonly #own: OwnStatements
  readonly #attacher: Attacher
  readonly #state: Attacher['state']
  readonly #recovery: FaultRecovery
  readonly #pending: PendingLookup
  readonly #dropped: DroppedTables
  readonly #named: NamedTables

  constructor(database: Connection, given: CaptureOptions) {
    // A copy, since tables may be added to it.
    const options = { ...given }
    this.#database = database
    this.#options = options
    this.#own = new OwnStatements(database)
    this.#attacher = new Attacher(database, options, this.#own, () => this.#named.watch(this.#options.tables))
    this.#state = this.#attacher.state
    this.#recovery = new FaultRecovery(database, this.#attacher, options.recorder)
    this.#pending = new PendingLookup(database, this.#own, () => {
      // If the triggers were installed, the relay has known the outbox since then.
      if (!this.#state.mayStand) this.#attacher.installer.lookForPending()
    })
    this.#dropped = new DroppedTables(database, (run) => this.quietly(run))
    this.#named = new NamedTables(database, this.#attacher, this.#dropped, options.tables)
  }

  /** Whether goaltrace has to know of every statement, even one that the driver prepares itself: it may take usage back. */
  get ofEveryStatement(): boolean {
    return this.#options.tables.some(({ usage }) => usage !== undefined)
  }

  /** Whether one of goaltrace's statements runs. */
  get own(): boolean {
    return this.#own.running
  }

  /** Attaches now unless another connection holds the file's lock; then at the next change of rows. */
  attach(): void {
    this.#own.finish()
    // In a transaction that only reads so far, attaching would take the lock that the agent may never need.
    if (!this.#database.open || this.#database.inTransaction) return
    this.#own.withoutWaiting(() => this.#attacher.install())
  }

  /** Runs goaltrace's own statements, without waiting for locks. */
  quietly<T>(run: () => T): T {
    this.#own.finish()
    return this.#own.quietly(run)
  }

  /** Looks once for rows that an earlier process has left. @returns whether there is nothing more to look for. */
  lookForPending(): boolean {
    this.#own.finish()
    return this.#pending.run()
  }

  /** Removes the triggers for good; the outbox stays while rows are pending in it. */
  close(): void {
    this.#own.finish()
    this.#pending.run()
    this.#pending.end()
    this.#state.close()
    if (!this.#database.open) return
    if (this.#state.mayStand)
      this.#own.step(
        () => this.#options.relay().leave(),
        (error) => this.#attacher.report(error),
      )
    this.#own.step(() => this.#dropped.warnOfGone(true), ignore)
    this.#attacher.remove()
  }

  prepare<T>(sql: string, original: () => T): T {
    if (this.#own.unfinished && this.#own.passes(sql)) return this.#own.add(original())
    this.#named.read(sql)
    return this.#recovery.run(original, true)
  }

  /** Whether a statement of this kind needs no `write` now, as nothing of this database is observed. */
  passes(kind: StatementKind): boolean {
    return this.#state.isInactive && !this.#own.unfinished && (kind === 'dml' || kind === 'other')
  }

  /** `run`, `get` and `all` of a statement that is not a query. */
  write<T>(kind: StatementKind, statement: object, method: (...args: unknown[]) => T, args: unknown[]): T {
    if (this.#own.unfinished && this.#own.passesStatement(statement)) return method.apply(statement, args)
    if (kind === 'other') {
      this.transactionStarts()
      return method.apply(statement, args)
    }
    if (kind !== 'dml' || this.#state.name !== 'attached') {
      return this.#around(kind, () => this.#recovery.run(() => method.apply(statement, args), true))
    }
    // The same as FaultRecovery.run, without a closure for each call: this is what an agent does most.
    const { inTransaction } = this.#database
    this.#options.recorder.statementStarts(inTransaction)
    try {
      const result = method.apply(statement, args)
      this.#options.recorder.usage.end()
      return result
    } catch (error) {
      const repeatable = this.#database.inTransaction === inTransaction
      return this.#recovery.recover(error, () => method.apply(statement, args), repeatable)
    }
  }

  /** The whole statement runs when its first row is asked for. */
  iterate(statement: Source, start: () => IterableIterator<unknown>): IterableIterator<unknown> {
    if (this.#own.unfinished && this.#own.passesStatement(statement)) return start()
    const iterator = this.#around(kindOfSql(statement.source), start)
    if (!this.#state.mayStand) return iterator
    return new RetryableIterator(iterator, start, (step, again) => this.#recovery.run(step, true, again))
  }

  exec<T>(sql: string, original: (sql: string) => T): T {
    if (this.#own.unfinished && this.#own.passes(sql)) return original(sql)
    this.#named.read(sql)
    const kind = kindOfSql(sql)
    // A schema that is run at each start, with the rows it begins with, finds its tables there from the second start on.
    const changes = kind === 'dml' || (kind === 'create' && this.#named.areChangedBy(sql))
    const run = () => {
      this.#named.warnOfUnseen(kind, sql)
      return this.#state.mayStand ? this.#each(statementsOf(sql), original) : original(sql)
    }
    return this.#around(kind, run, changes)
  }

  /** As the driver runs them, one after the other, so that the one which fails can be run again. */
  #each<T>(statements: readonly string[], run: (sql: string) => T): T {
    const [only] = statements
    if (statements.length === 1) return this.#recovery.run(() => run(only as string), isSingle(only as string))
    return statements.map((sql) => this.#recovery.run(() => run(sql), true)).at(-1) as T
  }

  /** A transaction may begin, as by a statement that the driver prepares itself. */
  transactionStarts(): void {
    this.#own.finish()
    this.#options.recorder.otherStarts(this.#database.inTransaction)
    this.#attacher.beforeOther()
  }

  /** A call that is not a statement, but has the effect of statements of this kind. */
  around<T>(kind: StatementKind, original: () => T): T {
    this.#own.finish()
    return this.#around(kind, () => this.#recovery.run(original, true))
  }

  /** A statement of an unknown kind. */
  guard<T>(original: () => T): T {
    this.#own.finish()
    return this.#recovery.run(original, true)
  }

  /** Runs what the agent asked for, between what goaltrace does before and after statements of this kind. */
  #around<T>(kind: StatementKind, run: () => T, changes = kind === 'dml'): T {
    if (kind === 'dml') return this.#attacher.beforeChange(run)
    this.transactionStarts()
    if (kind === 'other') return run()
    // A trigger that names a column would keep it from being dropped, one that names a table goes with it.
    if (kind === 'alter') {
      this.#lookAtDrops()
      this.#attacher.remove()
    }
    return this.#own.finally(
      () => (changes ? this.#attacher.beforeChange(run) : run()),
      () => {
        this.#state.outdated()
        if (kind === 'alter') this.#own.step(() => this.#dropped.after(), ignore)
      },
    )
  }

  /** Counts the goals of a table about to be dropped, unless none was ever observed: then no event lacks its end. */
  #lookAtDrops(): void {
    if (!this.#dropped.named) return
    if (!this.#state.mayStand && !this.#own.run(() => seemsToHaveTable(this.#database, OUTBOX))) return
    this.#own.step(() => keepChangeCount(this.#database, () => this.#dropped.before()), ignore)
  }
}

/** For a look that goaltrace can do without where it fails. */
function ignore(): void {}
