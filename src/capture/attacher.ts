import { clock } from '../base/clock.ts'
import { reason, warnOnce } from '../base/diagnose.ts'
import { keepChangeCount } from '../sqlite/change-count.ts'
import type { Connection } from '../sqlite/connection.ts'
import { AttachState } from './attach-state.ts'
import type { CaptureOptions } from './capture-options.ts'
import { isPassing } from './fault.ts'
import { MissingTables } from './missing-tables.ts'
import { namesOf } from './observed-table.ts'
import type { OwnStatements } from './own-statements.ts'
import { TableCheck } from './table-check.ts'
import { TriggerInstaller } from './trigger-installer.ts'
import { UnmappedTables } from './unmapped-tables.ts'

/** Does on one connection what its AttachState asks for, by statements between two of the agent's. */
export class Attacher {
  readonly state = new AttachState()
  readonly installer: TriggerInstaller
  readonly check: TableCheck
  readonly missing: MissingTables
  readonly unmapped: UnmappedTables
  readonly #database: Connection
  readonly #own: OwnStatements
  readonly #options: CaptureOptions
  readonly #adopted: () => void

  /** @param adopted Called when tables were added to the options. */
  constructor(database: Connection, options: CaptureOptions, own: OwnStatements, adopted: () => void) {
    this.#database = database
    this.#own = own
    this.#options = options
    this.#adopted = adopted
    this.installer = new TriggerInstaller(database, options, this.state)
    this.check = new TableCheck(database, this.installer.inFile)
    this.missing = new MissingTables(database, own)
    this.unmapped = new UnmappedTables(database, options.unmapped)
  }

  /** Before a change of rows runs. */
  beforeChange<T>(run: () => T): T {
    const { state } = this
    if (state.name === 'uncommitted' || state.toRemove) this.#verify()
    if (!state.isDue(Date.now())) return run()
    const startedAt = clock.now()
    this.install()
    const spentMs = clock.now() - startedAt
    // What goaltrace has waited for another writer is deducted from the agent's busy timeout.
    return this.#own.withTimeout((timeoutMs) => timeoutMs - spentMs, run)
  }

  /**
   * Called before a statement that changes no rows. It may begin a transaction, in which the tables can no longer be
   * checked for damage, nor the triggers be removed for good.
   */
  beforeOther(): void {
    const { state, check } = this
    if (this.#database.inTransaction || state.isUpToDate) return
    if (state.isDue(Date.now()) && !check.sound) {
      const run = () => check.run()
      this.#own.withoutWaiting(() => this.#own.step(run, (error) => isPassing(error) || this.pause(error)))
    }
    if (state.toRemove) this.#verify()
  }

  /** Installs the triggers where they are due. */
  install(): void {
    const { state, check } = this
    if (!state.isDue(Date.now()) || (check.suspect && this.#database.inTransaction)) return
    const install = () => {
      const { inTransaction } = this.#database
      if (!check.sound && !inTransaction) check.run()
      const { installed, waits } = keepChangeCount(
        this.#database,
        () => this.#installOrLook(),
        (run, restore) => this.#own.finally(run, restore),
      )
      check.note('sound')
      // In a transaction that nothing was installed in, reading the schema's version would fix the agent's snapshot.
      const nothing = installed.length === 0 && inTransaction
      if (!nothing) this.missing.set(namesOf(this.#options.tables).filter((table) => !installed.includes(table)))
      state.installed(installed.length, this.#database.inTransaction)
      if (waits && !nothing) state.outdated()
    }
    this.#own.step(install, (error) => {
      if (isPassing(error)) return
      // What stands may be half of it.
      state.mayStand = true
      this.remove()
      this.pause(error)
    })
  }

  /** Installs on the mapped tables; if the database has none of them, on goal tables that are mapped only now. */
  #installOrLook(): { installed: readonly string[]; waits: boolean } {
    const installed = this.installer.install()
    if (installed.length > 0 || this.#database.readonly) return { installed, waits: false }
    const { tables, waits } = this.unmapped.look()
    if (tables.length === 0) return { installed, waits }
    this.#own.finally(() => {
      this.#options.tables = [...this.#options.tables, ...tables]
    }, this.#adopted)
    return { installed: this.installer.install(), waits }
  }

  remove(): void {
    if (!this.state.mayStand) return
    // First, as V8 may end the removal: see Unfinished.
    this.state.outdated()
    const remove = () => {
      this.installer.remove()
      this.state.removed(this.#database.inTransaction)
    }
    const report = (error: unknown) =>
      warnOnce(
        'detach',
        `removing the triggers from ${this.#database.name} failed, so they stay until they are replaced or the connection closes: ${reason(error)}`,
      )
    // Tried twice, as memory may have been short only for a moment: with the triggers, what failed would fail again.
    this.#own.step(remove, () => this.#own.step(remove, report))
  }

  /** After a fault that may last. */
  pause(error: unknown): void {
    this.check.note('suspect')
    this.state.pause(Date.now())
    this.report(error)
  }

  report(error: unknown): void {
    const why = `observing ${this.#database.name} is interrupted: ${reason(error)}`
    warnOnce(why, `${why}; changes of goals are not captured until this is fixed`)
  }

  /** Checks whether a ROLLBACK has undone what was installed or removed in a transaction. */
  #verify(): void {
    const { state, installer } = this
    const verify = () => {
      if (!state.toRemove) state.verified(installer.stands(), this.#database.inTransaction)
      else {
        if (installer.someStand()) installer.remove()
        state.removed(this.#database.inTransaction)
      }
    }
    this.#own.step(verify, (error) => {
      warnOnce(
        'verify',
        `checking the triggers on ${this.#database.name} after a transaction failed: ${reason(error)}; the next change checks them again`,
      )
    })
  }
}
