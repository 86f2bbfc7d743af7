import type { Goal } from './goal.ts'
import { checkedNewGoal, MAX_OBJECTIVE_CHARACTERS, type NewGoal } from './goal-input.ts'
import type { GoalRuntime } from './goal-runtime.ts'
import { MODEL_STATUSES, type ModelStatus } from './model-status.ts'
import { UnfinishedGoalError } from './sqlite-goal-store.ts'

/**
 * A tool as any model's API accepts it. Its schema keeps to what every vendor's strict mode allows: all properties
 * required, no others, optional ones nullable.
 */
export interface GoalTool {
  readonly name: 'create_goal' | 'get_goal' | 'update_goal'
  readonly description: string
  readonly schema: {
    readonly type: 'object'
    readonly properties: Readonly<Record<string, unknown>>
    readonly required: string[]
    readonly additionalProperties: false
  }
}

export const GOAL_TOOLS: readonly GoalTool[] = [
  {
    name: 'create_goal',
    description:
      'Take on a goal: an objective to pursue across turns until it is complete. Use it only when the user, or your ' +
      'instructions, ask for a goal. It is refused while the thread has a goal that is not complete.',
    schema: {
      type: 'object',
      properties: {
        objective: {
          type: 'string',
          description: `What is to be achieved, in 1 to ${MAX_OBJECTIVE_CHARACTERS} characters.`,
        },
        token_budget: {
          type: ['integer', 'null'],
          description: 'How many tokens the goal may use, above 0. Null unless a budget was asked for.',
        },
      },
      required: ['objective', 'token_budget'],
      additionalProperties: false,
    },
  },
  {
    name: 'get_goal',
    description: 'Read the goal of this thread: its objective, status, budget, and the tokens and seconds used so far.',
    schema: { type: 'object', properties: {}, required: [], additionalProperties: false },
  },
  {
    name: 'update_goal',
    description: 'Change the status of the goal of this thread. Nothing else about the goal can be changed.',
    schema: {
      type: 'object',
      properties: {
        status: {
          type: 'string',
          enum: [...MODEL_STATUSES],
          description:
            'complete: the objective is achieved and no work is left. blocked: the same obstacle has stopped you turn ' +
            'after turn and only the user can remove it. paused: the user asked to stop for now.',
        },
      },
      required: ['status'],
      additionalProperties: false,
    },
  },
]

/** What a model reads: the goal, or a sentence that says why the call was refused and what to do. */
export type GoalToolResult =
  | {
      readonly goal: {
        readonly objective: string
        readonly status: string
        readonly token_budget: number | null
        readonly tokens_used: number
        readonly time_used_seconds: number
      } | null
      /** Null where the goal has no budget, or there is no goal. */
      readonly remaining_tokens: number | null
    }
  | { readonly error: string }

/**
 * Runs a model's call of a goal tool. The model's mistakes are answered, never thrown; only the database's errors are
 * thrown. Call the runtime's `toolFinished` after `create_goal` and `get_goal`, as after any tool.
 * @param input The arguments: an object, or JSON text as OpenAI gives it.
 */
export function callGoalTool(runtime: GoalRuntime, threadId: string, name: string, input: unknown): GoalToolResult {
  const fields = objectOf(input)
  if (fields === null) return refused(`${name} takes its arguments as a JSON object.`)
  switch (name) {
    case 'create_goal':
      return createGoal(runtime, threadId, fields)
    case 'get_goal':
      return answered(runtime.getGoal(threadId))
    case 'update_goal':
      return updateGoal(runtime, threadId, fields.status)
    default:
      return refused(`There is no tool named ${name}; use ${GOAL_TOOLS.map((tool) => tool.name).join(', ')}.`)
  }
}

function createGoal(runtime: GoalRuntime, threadId: string, fields: Readonly<Record<string, unknown>>): GoalToolResult {
  let goal: NewGoal
  try {
    goal = checkedNewGoal('create_goal', { objective: fields.objective, tokenBudget: fields.token_budget } as NewGoal)
  } catch (error) {
    return refused(`${(error as Error).message.replace('tokenBudget', 'token_budget')}.`)
  }
  try {
    return answered(runtime.createGoal(threadId, goal))
  } catch (error) {
    if (!(error instanceof UnfinishedGoalError)) throw error
    return refused('This thread has a goal that is not complete: finish it and call update_goal before a new one.')
  }
}

function updateGoal(runtime: GoalRuntime, threadId: string, status: unknown): GoalToolResult {
  if (!(MODEL_STATUSES as readonly unknown[]).includes(status)) {
    return refused(
      `update_goal takes a status of ${MODEL_STATUSES.join(', ')}; any other is set by the user or the system.`,
    )
  }
  const goal = runtime.updateGoal(threadId, status as ModelStatus)
  return goal
    ? answered(goal)
    : refused('This thread has no goal to update: create one with create_goal if it was asked for.')
}

function answered(goal: Goal | null): GoalToolResult {
  if (goal === null) return { goal: null, remaining_tokens: null }
  const { objective, status, tokenBudget, tokensUsed, timeUsedSeconds } = goal
  return {
    goal: {
      objective,
      status,
      token_budget: tokenBudget,
      tokens_used: tokensUsed,
      time_used_seconds: timeUsedSeconds,
    },
    remaining_tokens: tokenBudget === null ? null : Math.max(0, tokenBudget - tokensUsed),
  }
}

function refused(error: string): GoalToolResult {
  return { error }
}

function objectOf(input: unknown): Readonly<Record<string, unknown>> | null {
  let value = input
  if (typeof input === 'string') {
    try {
      value = JSON.parse(input)
    } catch {
      return null
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
}
