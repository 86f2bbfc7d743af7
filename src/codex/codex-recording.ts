import type { GoalSnapshot } from '../event/goal-change.ts'
import { isGoalStatus } from '../goal/goal.ts'
import { type CodexGoalChange, CodexGoalIds, codexGoalChange } from './codex-goal-change.ts'
import { CodexThread } from './codex-thread.ts'
import { object, parsedLine } from './known-text.ts'
import type { CodexRowChange } from './place-change.ts'
import { readRolloutLine } from './rollout-line.ts'

/** What Codex wrote to its disk, as a recording keeps it: each change of a goal's row, a line each, and the rollouts. */
export interface CodexRecording {
  /** `{"at":"2026-11-28T19:27:31.233Z","old":null,"new":{"thread_id":…}}` */
  readonly rows: string
  readonly rollouts: readonly string[]
}

/**
 * @param named What to call the rows' file in an error.
 * @throws {SyntaxError} naming the line of what is not a change of a row.
 */
export function recordedChanges({ rows, rollouts }: CodexRecording, named = 'rows.jsonl'): CodexGoalChange[] {
  const threads = new Map(rollouts.map(readRollout).map((thread) => [thread.meta?.threadId, thread]))
  const goals = new CodexGoalIds()
  return rowChanges(rows, named).flatMap((row) => {
    const isCopy = goals.isCopy(row)
    if (row.after) goals.add(row.after)
    return isCopy ? [] : [codexGoalChange(row, threads.get((row.after ?? row.before)?.threadId))]
  })
}

export function readRollout(text: string): CodexThread {
  const thread = new CodexThread()
  for (const one of text.split('\n')) {
    const line = one === '' ? undefined : readRolloutLine(one)
    if (line) thread.add(line)
  }
  return thread
}

export function rowChanges(text: string, named: string): CodexRowChange[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return rowChange(parsedLine(line))
    } catch (error) {
      throw new SyntaxError(`${named}:${index + 1}: ${(error as Error).message}`)
    }
  })
}

function rowChange(line: unknown): CodexRowChange {
  const { at, old, new: now } = object(line)
  const atMs = Date.parse(String(at))
  if (Number.isNaN(atMs)) throw new SyntaxError('"at" is not a time')
  return { before: rowGoal(old), after: rowGoal(now), atMs }
}

/** A row of `thread_goals` without its objective. */
function rowGoal(row: unknown): GoalSnapshot | null {
  if (row === null || row === undefined) return null
  const { thread_id, goal_id, status, token_budget, tokens_used, time_used_seconds } = row as Record<string, unknown>
  if (typeof thread_id !== 'string' || typeof goal_id !== 'string')
    throw new SyntaxError('a row has no thread_id or no goal_id')
  return {
    threadId: thread_id,
    goalId: goal_id,
    status: isGoalStatus(status) ? status : undefined,
    tokenBudget: token_budget === null ? null : whole(token_budget),
    tokensUsed: whole(tokens_used),
    timeUsedSeconds: whole(time_used_seconds),
  }
}

function whole(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
