import type { Goal } from './goal.ts'
import { GoalAccounting } from './goal-accounting.ts'
import { checkedCount, checkedUpdate, type GoalUpdate, type NewGoal } from './goal-input.ts'
import { ACCOUNTED_BEFORE, MODEL_STATUSES, type ModelStatus } from './model-status.ts'
import { rootThread } from './root-thread.ts'
import { ACCOUNTED_STATUSES, type SqliteGoalStore } from './sqlite-goal-store.ts'
import type { TokenUsage } from './token-usage.ts'

/** What made a change: a turn, or null where none did, as when a person changes the goal, even during a turn. */
export interface GoalCause {
  readonly threadId: string
  readonly turnId: string | null
}

export interface GoalRuntimeOptions {
  /** Called around each mutation with its cause; runs `mutate` once, synchronously, and returns its result. */
  readonly within?: (<T>(cause: GoalCause, mutate: () => T) => T) | undefined
  /**
   * The parent of a sub-agent's thread: its tokens count towards the goal of the root thread. Default: no thread has
   * one.
   */
  readonly parentThreadId?: ((threadId: string) => string | null | undefined) | undefined
  /** Milliseconds since any fixed instant. Default: a monotonic clock, so that no goal gains or loses time. */
  readonly now?: (() => number) | undefined
}

/**
 * Keeps the goals of an agent's threads while its turns run: an agent reports what happens, the runtime accounts usage and
 * changes goals by Codex's rules. One runtime serves every thread of a store, as sub-agents spend on their root's goal.
 * Reports on a turn that is not running are ignored.
 */
export class GoalRuntime {
  readonly #store: SqliteGoalStore
  readonly #within: <T>(cause: GoalCause, mutate: () => T) => T
  readonly #parentThreadId: (threadId: string) => string | null | undefined
  readonly #now: () => number
  readonly #threads = new Map<string, GoalAccounting>()

  constructor(store: SqliteGoalStore, options: GoalRuntimeOptions = {}) {
    this.#store = store
    this.#within = options.within ?? ((_cause, mutate) => mutate())
    this.#parentThreadId = options.parentThreadId ?? (() => null)
    this.#now = options.now ?? (() => performance.now())
  }

  /** The thread was left by an earlier process: the clock of an active goal runs again. */
  threadResumed(threadId: string): void {
    const goal = this.#store.get(threadId)
    if (goal?.status === 'active') this.#thread(threadId).track(goal.goalId, this.#now())
  }

  /** The thread leaves memory: a running turn is accounted as interrupted. */
  threadStopped(threadId: string): void {
    const thread = this.#thread(threadId)
    if (thread.turnId !== null) this.turnEnded(threadId, thread.turnId)
    this.#threads.delete(threadId)
  }

  /** A turn that still runs on the thread is accounted as interrupted. In plan mode no goal gains usage. */
  turnStarted(threadId: string, turnId: string, { planMode = false }: { readonly planMode?: boolean } = {}): void {
    const thread = this.#thread(threadId)
    if (thread.turnId !== null) this.turnEnded(threadId, thread.turnId)
    thread.startTurn(turnId, planMode)
    const goal = planMode ? null : this.#store.get(threadId)
    if (goal && ACCOUNTED_STATUSES.includes(goal.status)) thread.track(goal.goalId, this.#now())
    else thread.release()
  }

  /**
   * Call it also before the first turn of a resumed thread, as totals count since the thread began.
   * @throws {TypeError | RangeError} where a total is not a safe integer from 0.
   */
  tokenUsage(threadId: string, totals: TokenUsage): void {
    for (const total of ['inputTokens', 'cachedInputTokens', 'outputTokens'] as const) {
      checkedCount('tokenUsage', total, totals[total])
    }
    const thread = this.#thread(threadId)
    thread.report(totals)
    const root = rootThread(threadId, this.#parentThreadId)
    if (root === threadId || this.#store.get(threadId) !== null) return
    const tokens = thread.takeTokens()
    this.#threads.get(root)?.addTokensOfSubagent(tokens)
  }

  /** Call it after any tool except `update_goal`, which accounts usage itself. */
  toolFinished(threadId: string, turnId: string): void {
    const thread = this.#thread(threadId)
    if (thread.turnId === turnId) this.#account(threadId, thread, { keepBudgetLimited: true })
  }

  /** The turn is completed, interrupted or, after `turnFailed`, failed. */
  turnEnded(threadId: string, turnId: string): void {
    const thread = this.#thread(threadId)
    if (thread.turnId !== turnId) return
    this.#account(threadId, thread)
    thread.endTurn()
    if (this.#store.get(threadId)?.status !== 'active') thread.release()
  }

  /**
   * Call it before `turnEnded`. A usage limit also stops a goal over its budget; any other error blocks an active one.
   */
  turnFailed(threadId: string, turnId: string, error: 'usage_limit' | 'other'): void {
    const thread = this.#thread(threadId)
    const goalId = thread.goalOfTurn
    if (thread.turnId !== turnId || goalId === null) return
    this.#account(threadId, thread)
    const limited = error === 'usage_limit'
    const status = limited ? 'usage_limited' : 'blocked'
    const statuses = limited ? ACCOUNTED_STATUSES : (['active'] as const)
    this.#within({ threadId, turnId }, () => this.#store.set(threadId, { status }, { goalId, statuses }))
    thread.release()
  }

  /**
   * From outside the model: a person, or the program that steers the agent.
   * @returns the goal after it; null where there is none and no objective to make one.
   * @throws {TypeError | RangeError} as `SqliteGoalStore.set` does; nothing is written then.
   */
  set(threadId: string, update: GoalUpdate): Goal | null {
    checkedUpdate('set', update)
    const thread = this.#thread(threadId)
    this.#account(threadId, thread)
    const goal = this.#within({ threadId, turnId: null }, () => this.#store.set(threadId, update))
    if (goal?.status === 'active') thread.track(goal.goalId, this.#now())
    else if (goal?.status !== 'budget_limited' || thread.turnId === null) thread.release()
    return goal
  }

  /** From outside the model. @returns the goal as it was cleared, or null. */
  clear(threadId: string): Goal | null {
    const thread = this.#thread(threadId)
    this.#account(threadId, thread)
    const goal = this.#within({ threadId, turnId: null }, () => this.#store.clear(threadId))
    thread.release()
    return goal
  }

  /** By the model. @throws what `SqliteGoalStore.create` throws. */
  createGoal(threadId: string, newGoal: NewGoal): Goal {
    const thread = this.#thread(threadId)
    const goal = this.#within({ threadId, turnId: thread.turnId }, () => this.#store.create(threadId, newGoal))
    thread.track(goal.goalId, this.#now())
    return goal
  }

  /**
   * By the model.
   * @returns the goal after it; null where there is none.
   * @throws {RangeError} where a model may not bring its goal into that status.
   */
  updateGoal(threadId: string, status: ModelStatus): Goal | null {
    if (!MODEL_STATUSES.includes(status)) {
      throw new RangeError(`updateGoal: status is '${status}'; pass one of ${MODEL_STATUSES.join(', ')}`)
    }
    const thread = this.#thread(threadId)
    this.#account(threadId, thread, { statuses: ACCOUNTED_BEFORE[status] })
    const goal = this.#within({ threadId, turnId: thread.turnId }, () => this.#store.set(threadId, { status }))
    thread.release()
    return goal
  }

  /** @returns the thread's goal; null where it has none. */
  getGoal(threadId: string): Goal | null {
    return this.#store.get(threadId)
  }

  #account(
    threadId: string,
    thread: GoalAccounting,
    { statuses = ACCOUNTED_STATUSES, keepBudgetLimited = false } = {},
  ): void {
    const usage = thread.pending(this.#now())
    if (usage === null) return
    const turnId = thread.turnId
    const goal = this.#within({ threadId, turnId }, () =>
      this.#store.accountUsage(threadId, usage, { goalId: usage.goalId, statuses }),
    )
    if (goal) thread.settle(usage, goal.status, keepBudgetLimited)
    // Another process has changed the goal: it is unknown how much of the idle time still belonged to it.
    else if (turnId === null) thread.release()
  }

  #thread(threadId: string): GoalAccounting {
    let thread = this.#threads.get(threadId)
    if (thread === undefined) {
      thread = new GoalAccounting()
      this.#threads.set(threadId, thread)
    }
    return thread
  }
}
