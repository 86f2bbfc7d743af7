/**
 * Whether goaltrace's triggers stand on a connection, and what comes before the agent's next change of rows.
 *
 *            ┌──────────── the schema changes, or a trigger is outdated ────────────┐
 *            v                                                                      │
 *         due ────── goal tables found ─────────────────────────────────────────> attached ──┐
 *          ^ ^ │ └── found in a transaction ──> uncommitted ── it is committed ────>│        │
 *          │ │ │                                     │                                       │
 *          │ │ │ <───────── it is rolled back ───────┘            a fault of goaltrace's own │
 *          │ │ └── none found ──> absent                                                     │
 *          │ └── the schema changes ──┘                                                      │
 *          └── 10 s later ── paused <────────────────────────────────────────────────────────┘
 *
 *   due          install the triggers, in place of those that stand
 *   attached     nothing: the triggers stand and record each change
 *   uncommitted  look whether the triggers still stand: the transaction that installed them may have been rolled back
 *   absent       nothing: the database has no table of goals
 *   paused       remove the triggers: with them the next change would fail as the last one did
 *   closed       remove the triggers; every state leads here, and none from here
 */
export type AttachStateName = 'due' | 'attached' | 'uncommitted' | 'absent' | 'paused' | 'closed'

/** How long to wait before retrying, after a fault that attaching again has not fixed. */
const PAUSE_MS = 10_000

/** All transitions between the states above. The effects are the Attacher's. */
export class AttachState {
  /** Read at each statement. */
  name: AttachStateName = 'due'
  /**
   * Whether triggers may exist, so that their faults have to be kept from the agent: from the first installation until
   * they are known to be gone. If they were dropped in a transaction, a ROLLBACK brings them back.
   */
  mayStand = false
  #resumeAt = 0

  /** Whether nothing is to be done before the agent's next change of rows. */
  get isUpToDate(): boolean {
    return this.name === 'attached' || this.name === 'absent' || (this.name === 'closed' && !this.mayStand)
  }

  /** Whether nothing is observed, and nothing is to be done, for now. */
  get isInactive(): boolean {
    return !this.mayStand && (this.name === 'absent' || this.name === 'closed')
  }

  /** Whether triggers are to be installed now. A pause that is over ends here. */
  isDue(now: number): boolean {
    if (this.name === 'paused' && now >= this.#resumeAt) this.name = 'due'
    return this.name === 'due'
  }

  /** Whether triggers may stand that should not. */
  get toRemove(): boolean {
    return this.mayStand && (this.name === 'paused' || this.name === 'closed')
  }

  /** The schema has changed, or the triggers lack what they need by now. */
  outdated(): void {
    if (this.name !== 'paused' && this.name !== 'closed') this.name = 'due'
  }

  /** Triggers are about to be created. */
  installing(): void {
    this.mayStand = true
  }

  /** Without tables in a transaction the state stays `due`, since a ROLLBACK may bring one back. */
  installed(tables: number, inTransaction: boolean): void {
    if (tables > 0) this.mayStand = true
    if (tables > 0) this.name = inTransaction ? 'uncommitted' : 'attached'
    else if (!inTransaction) this.name = 'absent'
  }

  /** @param stands Whether all is as it was installed. */
  verified(stands: boolean, inTransaction: boolean): void {
    if (!stands) this.name = 'due'
    else if (!inTransaction) this.name = 'attached'
  }

  removed(inTransaction: boolean): void {
    this.outdated()
    this.mayStand = inTransaction
  }

  pause(now: number): void {
    if (this.name === 'closed') return
    this.name = 'paused'
    this.#resumeAt = now + PAUSE_MS
  }

  close(): void {
    this.name = 'closed'
  }
}
