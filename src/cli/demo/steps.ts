import type { GoalUpdate, NewGoal } from '../../goal/goal-input.ts'
import type { GoalRuntime } from '../../goal/goal-runtime.ts'
import type { ModelStatus } from '../../goal/model-status.ts'
import { UnfinishedGoalError } from '../../goal/sqlite-goal-store.ts'
import type { TokenUsage } from '../../goal/token-usage.ts'

/** What happened to an agent at an instant, in milliseconds since the recording began. */
export interface Step {
  readonly atMs: number
  readonly name: string
  readonly threadId: string
  readonly play: (runtime: GoalRuntime) => void
}

/** The runtime's clock, in milliseconds, which steps set. */
export interface StepClock {
  now: number
}

type Fields = Readonly<Record<string, unknown>>

/** The runtime's calls for each step. Values that an agent may get wrong are left for the runtime to refuse. */
const STEPS: Readonly<Record<string, (threadId: string, fields: Fields) => Step['play']>> = {
  set: (thread, fields) => {
    const update = goalUpdate(fields)
    return (runtime) => runtime.set(thread, update)
  },
  clear: (thread) => (runtime) => runtime.clear(thread),
  create_goal: (thread, fields) => {
    const goal = { objective: fields.objective, tokenBudget: fields.token_budget } as NewGoal
    return (runtime) => runtime.createGoal(thread, goal)
  },
  update_goal: (thread, fields) => {
    const status = string(fields, 'status') as ModelStatus
    return (runtime) => runtime.updateGoal(thread, status)
  },
  turn_started: (thread, fields) => {
    const turn = string(fields, 'turn_id')
    const planMode = fields.plan_mode === true
    return (runtime) => runtime.turnStarted(thread, turn, { planMode })
  },
  token_usage: (thread, fields) => {
    const totals: TokenUsage = {
      inputTokens: count(fields, 'input_tokens'),
      cachedInputTokens: count(fields, 'cached_input_tokens'),
      outputTokens: count(fields, 'output_tokens'),
    }
    return (runtime) => runtime.tokenUsage(thread, totals)
  },
  tool_finished: (thread, fields) => {
    const turn = string(fields, 'turn_id')
    return (runtime) => runtime.toolFinished(thread, turn)
  },
  turn_error: (thread, fields) => {
    const turn = string(fields, 'turn_id')
    const error = oneOf(fields, 'error', ['usage_limit', 'other'])
    return (runtime) => runtime.turnFailed(thread, turn, error)
  },
  turn_ended: (thread, fields) => {
    const turn = string(fields, 'turn_id')
    oneOf(fields, 'status', ['completed', 'interrupted', 'failed'])
    return (runtime) => runtime.turnEnded(thread, turn)
  },
}

/**
 * @param file Its name, for messages.
 * @throws {SyntaxError} naming the file, the line and the mistake.
 */
export function parseSteps(text: string, file: string): Step[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [parseStep(line)]
    } catch (error) {
      throw new SyntaxError(`${file}:${index + 1}: ${(error as Error).message}`, { cause: error })
    }
  })
}

/**
 * Sets the clock and plays one step after the other. Each is yielded before it is played, so that a caller can wait for
 * its time; leaving the loop early leaves the yielded step and all later ones out.
 * @param refused Called with what the runtime refused, which changed no goal, as in the agent that was recorded. Default: it
 * is thrown, and ends the play.
 */
export function* playSteps(
  steps: Iterable<Step>,
  runtime: GoalRuntime,
  clock: StepClock,
  refused?: (step: Step, error: Error) => void,
): Generator<Step, void, void> {
  const began = clock.now
  for (const step of steps) {
    yield step
    clock.now = began + step.atMs
    try {
      step.play(runtime)
    } catch (error) {
      if (refused === undefined || !isRefusal(error)) throw error
      refused(step, error)
    }
  }
}

function isRefusal(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof TypeError || error instanceof UnfinishedGoalError
}

function parseStep(line: string): Step {
  const fields: unknown = JSON.parse(line)
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new SyntaxError('a step is a JSON object')
  }
  const step = fields as Fields
  const name = string(step, 'step')
  const threadId = string(step, 'thread_id')
  const play = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined
  if (play === undefined) {
    throw new SyntaxError(`no step is named '${name}'; there are ${Object.keys(STEPS).join(', ')}`)
  }
  return { atMs: count(step, 'at_ms'), name, threadId, play: play(threadId, step) }
}

function goalUpdate(fields: Fields): GoalUpdate {
  return { objective: fields.objective, status: fields.status, tokenBudget: fields.token_budget } as GoalUpdate
}

function string(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value !== '') return value
  throw new SyntaxError(`${name} is ${JSON.stringify(value) ?? 'missing'}; a string belongs there`)
}

function count(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new SyntaxError(`${name} is ${JSON.stringify(value) ?? 'missing'}; a whole number from 0 belongs there`)
}

function oneOf<const T extends string>(fields: Fields, name: string, allowed: readonly T[]): T {
  const value = fields[name]
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  throw new SyntaxError(`${name} is ${JSON.stringify(value) ?? 'missing'}; ${allowed.join(' or ')} belongs there`)
}
