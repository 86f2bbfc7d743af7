import { randomUUID } from 'node:crypto'
import type { Goal, GoalStatus } from './goal.ts'
import {
  checkedCount,
  checkedId,
  checkedNewGoal,
  checkedStatus,
  checkedUpdate,
  type GoalUpdate,
  type NewGoal,
} from './goal-input.ts'
import * as sql from './goal-sql.ts'
import type { SqliteDatabase, SqliteStatement } from './sqlite-database.ts'

/** Which goal a mutation is meant for. Another one, or one in another status, is left alone. */
export interface ExpectedGoal {
  readonly goalId?: string | undefined
  readonly statuses?: readonly GoalStatus[] | undefined
}

export interface GoalUsage {
  /** Tokens, to be added. */
  readonly tokens: number
  /** Whole seconds, to be added. */
  readonly seconds: number
}

/** Thrown where a new goal would replace one that is not complete. */
export class UnfinishedGoalError extends Error {
  override readonly name = 'UnfinishedGoalError'
}

/** Statuses whose usage counts: a goal over its budget goes on spending until its turn ends. */
export const ACCOUNTED_STATUSES: readonly GoalStatus[] = ['active', 'budget_limited']

/**
 * Goals in the table `thread_goals` of a better-sqlite3 connection that the caller owns, under Codex's rules. Every
 * mutation is one statement and decides by the row that it finds, so that processes may share the file: a busy
 * database throws and has written nothing.
 */
export class SqliteGoalStore {
  readonly #now: () => number
  readonly #create: SqliteStatement
  readonly #set: SqliteStatement
  readonly #update: SqliteStatement
  readonly #account: SqliteStatement
  readonly #clear: SqliteStatement
  readonly #get: SqliteStatement
  readonly #list: SqliteStatement

  /** @param options.now Milliseconds since 1970. Default: the system's clock. */
  constructor(database: SqliteDatabase, options: { readonly now?: () => number } = {}) {
    database.exec(sql.TABLE)
    this.#now = options.now ?? Date.now
    this.#create = database.prepare(sql.CREATE)
    this.#set = database.prepare(sql.SET)
    this.#update = database.prepare(sql.UPDATE)
    this.#account = database.prepare(sql.ACCOUNT)
    this.#clear = database.prepare(sql.CLEAR)
    this.#get = database.prepare(sql.GET)
    this.#list = database.prepare(sql.LIST)
  }

  /**
   * Creates an active goal with a new id and no usage, where the thread has none or a complete one.
   * @throws {UnfinishedGoalError} where the thread has any other goal.
   * @throws {TypeError | RangeError} where the thread's id is empty, the objective has not 1 to 4000 characters, or the budget is no
   * positive whole number; nothing is written then.
   */
  create(threadId: string, goal: NewGoal): Goal {
    checkedId('create', 'threadId', threadId)
    const row = { ...checkedNewGoal('create', goal), threadId, newGoalId: randomUUID(), status: null, now: this.#now() }
    const [created] = goals(this.#create, row)
    if (created) return created
    throw new UnfinishedGoalError(
      `create: thread ${threadId} has a goal that is not complete; complete or clear it first`,
    )
  }

  /**
   * Updates the thread's goal, or inserts one where there is none, an objective is given and no goal is expected.
   * An empty update writes nothing.
   * @returns the goal after it; null where there is no goal, or not the expected one: then nothing was written.
   * @throws {TypeError | RangeError} where a field of the update or of what is expected is out of its range; nothing is written then.
   */
  set(threadId: string, update: GoalUpdate, expected: ExpectedGoal = {}): Goal | null {
    checkedId('set', 'threadId', threadId)
    const { objective, status, tokenBudget } = checkedUpdate('set', update)
    const condition = checkedExpected('set', expected)
    if (objective === undefined && status === undefined && tokenBudget === undefined) return this.get(threadId)
    const changes = {
      threadId,
      objective: objective ?? null,
      status: status ?? null,
      tokenBudget: tokenBudget ?? null,
      keepBudget: tokenBudget === undefined ? 1 : 0,
      now: this.#now(),
    }
    const insertable = objective !== undefined && condition.goalId === null && condition.statuses === null
    const [goal] = insertable
      ? goals(this.#set, { ...changes, newGoalId: randomUUID() })
      : goals(this.#update, { ...changes, ...condition })
    return goal ?? null
  }

  /**
   * Adds usage; an active goal whose tokens reach its budget becomes `budget_limited` in the same write.
   * @param expected.statuses Default: `active` and `budget_limited`.
   * @returns the goal after it; null where no goal was touched, as with no usage at all.
   * @throws {TypeError | RangeError} where tokens or seconds are not safe integers from 0.
   */
  accountUsage(threadId: string, usage: GoalUsage, expected: ExpectedGoal = {}): Goal | null {
    checkedId('accountUsage', 'threadId', threadId)
    const tokens = checkedCount('accountUsage', 'tokens', usage.tokens)
    const seconds = checkedCount('accountUsage', 'seconds', usage.seconds)
    const condition = checkedExpected('accountUsage', {
      goalId: expected.goalId,
      statuses: expected.statuses ?? ACCOUNTED_STATUSES,
    })
    if (tokens === 0 && seconds === 0) return null
    return goals(this.#account, { threadId, tokens, seconds, now: this.#now(), ...condition })[0] ?? null
  }

  /** @returns the goal as it was deleted; null where there was none, or not the expected one. */
  clear(threadId: string, expected: ExpectedGoal = {}): Goal | null {
    checkedId('clear', 'threadId', threadId)
    return goals(this.#clear, { threadId, ...checkedExpected('clear', expected) })[0] ?? null
  }

  /** @returns the thread's goal; null where it has none. */
  get(threadId: string): Goal | null {
    checkedId('get', 'threadId', threadId)
    return goals(this.#get, { threadId })[0] ?? null
  }

  /** Every goal, the oldest first. */
  list(): Goal[] {
    return goals(this.#list, {})
  }
}

/**
 * `all`, not `get`: outside WAL a commit can fail with SQLITE_BUSY after RETURNING has produced the row, and `get`,
 * which stops at that row, does not notice.
 */
function goals(statement: SqliteStatement, parameters: object): Goal[] {
  return (statement.all(parameters) as GoalRow[]).map(goalOf)
}

function checkedExpected(operation: string, { goalId, statuses }: ExpectedGoal) {
  if (goalId !== undefined) checkedId(operation, 'expected.goalId', goalId)
  for (const status of statuses ?? []) checkedStatus(operation, status)
  return { goalId: goalId ?? null, statuses: statuses === undefined ? null : JSON.stringify(statuses) }
}

/** Integers are bigints where the connection's default says so. */
interface GoalRow {
  readonly thread_id: string
  readonly goal_id: string
  readonly objective: string
  readonly status: GoalStatus
  readonly token_budget: number | bigint | null
  readonly tokens_used: number | bigint
  readonly time_used_seconds: number | bigint
  readonly created_at_ms: number | bigint
  readonly updated_at_ms: number | bigint
}

function goalOf(row: GoalRow): Goal {
  return {
    threadId: row.thread_id,
    goalId: row.goal_id,
    objective: row.objective,
    status: row.status,
    tokenBudget: row.token_budget === null ? null : Number(row.token_budget),
    tokensUsed: Number(row.tokens_used),
    timeUsedSeconds: Number(row.time_used_seconds),
    createdAtMs: Number(row.created_at_ms),
    updatedAtMs: Number(row.updated_at_ms),
  }
}
