import type { GoalStatus } from './goal.ts'
import { NO_TOKENS, type TokenUsage, tokensBetween } from './token-usage.ts'

/** Usage of a goal that is not in its row yet. */
export interface PendingUsage {
  readonly goalId: string
  readonly tokens: number
  /** Whole seconds; the rest of the last one stays pending. */
  readonly seconds: number
}

interface Turn {
  readonly id: string
  /** A turn that plans spends nothing on the goal, and its failure does not stop the goal. */
  readonly planMode: boolean
  /** The goal that the turn works on. */
  goalId: string | null
  /** The thread's totals up to which tokens are accounted. */
  accounted: TokenUsage
}

/**
 * What one thread spends on its goal: tokens while a turn works on it; time while a turn works on it or the next one is
 * due.
 */
export class GoalAccounting {
  #turn: Turn | null = null
  #totals = NO_TOKENS
  /** Spent by sub-agents for this thread's goal. */
  #tokensOfSubagents = 0
  /** The goal whose time runs, and the instant, in milliseconds, up to which it is accounted. */
  #clock: { readonly goalId: string; readonly since: number } | null = null
  #planMode = false

  get turnId(): string | null {
    return this.#turn?.id ?? null
  }

  /** The goal that the running turn works on; a turn that plans works on none. */
  get goalOfTurn(): string | null {
    return this.#turn === null || this.#turn.planMode ? null : this.#turn.goalId
  }

  startTurn(id: string, planMode: boolean): void {
    this.#turn = { id, planMode, goalId: null, accounted: this.#totals }
    this.#planMode = planMode
  }

  endTurn(): void {
    this.#turn = null
    // An agent in planning mode does not continue on its own: the goal waits for a person, not for the agent.
    if (this.#planMode) this.release()
  }

  /** The thread works on this goal from now on; where it does already, its clock goes on. */
  track(goalId: string, now: number): void {
    if (this.#turn) {
      this.#turn.goalId = goalId
      this.#turn.accounted = this.#totals
    } else if (this.#planMode) return
    if (this.#clock?.goalId === goalId) return
    this.#clock = { goalId, since: now }
    this.#tokensOfSubagents = 0
  }

  /** The thread works on no goal; pending usage is lost, so account it first. */
  release(): void {
    if (this.#turn) this.#turn.goalId = null
    this.#clock = null
    this.#tokensOfSubagents = 0
  }

  report(totals: TokenUsage): void {
    this.#totals = totals
  }

  /**
   * The tokens of a turn that works on no goal here, each returned once: a sub-agent spends them on another thread's
   * goal.
   */
  takeTokens(): number {
    const turn = this.#turn
    if (turn === null || turn.planMode) return 0
    const tokens = tokensBetween(turn.accounted, this.#totals)
    if (tokens > 0) turn.accounted = this.#totals
    return tokens
  }

  /** Lost where this thread works on no goal, since its next goal counts only from its start. */
  addTokensOfSubagent(tokens: number): void {
    this.#tokensOfSubagents += tokens
  }

  /** @returns null where no goal has usage to be accounted. */
  pending(now: number): PendingUsage | null {
    const goalId = this.#goalId
    if (goalId === null) return null
    const ownTokens = this.#turn ? tokensBetween(this.#turn.accounted, this.#totals) : 0
    const tokens = ownTokens + this.#tokensOfSubagents
    const running = this.#clock?.goalId === goalId ? now - this.#clock.since : 0
    const seconds = Math.max(0, Math.floor(running / 1000))
    return tokens === 0 && seconds === 0 ? null : { goalId, tokens, seconds }
  }

  /** Pending usage has been written. A goal whose status is then no longer active is not worked on any more. */
  settle({ tokens, seconds }: PendingUsage, status: GoalStatus, keepBudgetLimited: boolean): void {
    if (this.#turn) this.#turn.accounted = this.#totals
    if (tokens > 0) this.#tokensOfSubagents = 0
    if (this.#clock) this.#clock = { ...this.#clock, since: this.#clock.since + seconds * 1000 }
    if (status !== 'active' && !(status === 'budget_limited' && keepBudgetLimited)) this.release()
  }

  get #goalId(): string | null {
    return this.#turn === null ? (this.#clock?.goalId ?? null) : this.goalOfTurn
  }
}
