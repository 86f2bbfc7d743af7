import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import type { ChangeSource, GoalContext } from '../event/goal-context.ts'
import { goalEvents } from '../event/goal-event.ts'
import type { CodexThread } from './codex-thread.ts'
import { type CodexTurn, wasRunningAt } from './codex-turn.ts'
import type { ProtocolGoal } from './protocol-goal.ts'
import type { ProtocolNote } from './protocol-note.ts'

/** A change of a goal's row. */
export interface CodexRowChange extends GoalChange {
  /** The row's own `updated_at_ms`; of a deleted row, which has none, when it was read. */
  readonly atMs: number
}

/** Where a change belongs: whose it is, and whether each part of that was read or concluded. */
export interface ChangePlace {
  readonly context: GoalContext
  readonly source: ChangeSource
  /** Codex's version; undefined where nothing says it. */
  readonly version: string | undefined
  readonly turn: CodexTurn | undefined
}

const UNKNOWN = 'unknown'

/**
 * The turn and the client of a change, by what the thread's rollout says. The rules are Codex's (test/recordings/disk): usage
 * belongs to the turn that runs, a status or a goal only to the turn whose tool, error or end made it.
 *
 * A change in a running turn can be placed once the rollout is read beyond it: what caused it is written after it.
 * @param thread Undefined where there is no rollout, as of a thread that is deleted.
 * @param note What Codex has sent its client about this very change, where goaltrace reads along (`goaltrace codex app-server`).
 */
export function placeChange(change: CodexRowChange, thread: CodexThread | undefined, note?: ProtocolNote): ChangePlace {
  const meta = thread?.meta
  const { turn, sure } = note ? { turn: turnOfNote(note, thread), sure: true } : turnOf(change, thread)
  const threadId = (change.after ?? change.before)?.threadId
  // 0.140.0 does not say the session: a root's is its own; of a sub-agent only the parent is known.
  const isRoot = meta !== undefined && meta.parentThreadId === null
  const session = meta?.sessionId ?? (isRoot ? meta.threadId : (meta?.parentThreadId ?? threadId))
  const isSessionKnown = meta?.sessionId !== undefined || isRoot
  const known = isSessionKnown && meta?.originator !== undefined && meta.version !== undefined
  return {
    context: {
      sessionId: session,
      turnId: note?.kind === 'goal' ? note.turnId : (turn?.id ?? null),
      client: {
        id: meta?.originator ?? note?.client.name ?? UNKNOWN,
        ...(note ? { ...note.client, rpcTransport: 'stdio' } : { rpcTransport: UNKNOWN }),
      },
      threadSource: meta?.threadSource ?? null,
      subagentSource: meta?.subagentSource ?? null,
      parentThreadId: meta?.parentThreadId ?? null,
    },
    source: known && sure ? 'recorded' : 'inferred',
    version: meta?.version,
    turn,
  }
}

function turnOfNote(note: ProtocolNote, thread: CodexThread | undefined): CodexTurn | undefined {
  return note.kind === 'goal' && note.turnId !== null ? thread?.turn(note.turnId) : undefined
}

interface Placed {
  readonly turn: CodexTurn | undefined
  /** Whether something written says so. */
  readonly sure: boolean
}

function turnOf(change: CodexRowChange, thread: CodexThread | undefined): Placed {
  const { atMs, after } = change
  const running = thread?.turns.findLast((turn) => wasRunningAt(turn, atMs))
  const idle: Placed = { turn: undefined, sure: thread !== undefined }
  if (thread === undefined || running === undefined || after === null) return idle
  const events = goalEvents(change)
  if (events[0]?.kind === 'usage_accounted') return usageIn(running, change, thread)
  const made = (goal: ProtocolGoal | undefined) => goal !== undefined && isOf(goal, after, atMs)
  if (thread.toolCalls.some(({ returned }) => made(returned?.goal))) return { turn: running, sure: true }
  if (thread.sets.some(({ goal }) => made(goal))) return idle
  if (stoppedBy(running, after)) return { turn: running, sure: running.error !== null }
  const called = thread.toolCalls.some((call) => call.returned === undefined && call.atMs <= atMs)
  return { turn: called ? running : undefined, sure: false }
}

/** Of a turn without an end, usage after its last line: its process died with that, or another has accounted it since. */
function usageIn(turn: CodexTurn, { after, atMs }: CodexRowChange, thread: CodexThread): Placed {
  if (turn.endedAtMs !== undefined || atMs <= turn.lastAtMs) return { turn, sure: true }
  const set = after !== null && thread.sets.some(({ goal }) => isOf(goal, after, atMs))
  return { turn: set ? undefined : turn, sure: false }
}

/** A turn that fails stops its goal; so does, without an error, the third in a row in which the model says nothing. */
function stoppedBy(turn: CodexTurn, { status }: GoalSnapshot): boolean {
  if (turn.error !== null) return status === 'blocked' || status === 'usage_limited' || status === 'budget_limited'
  return turn.end === 'completed' && status === 'blocked'
}

/** Whether what was written is this very change: the same goal, at the second in which the row was written. */
export function isOf(goal: ProtocolGoal, row: GoalSnapshot, atMs: number): boolean {
  return (
    goal.status === row.status &&
    goal.tokensUsed === row.tokensUsed &&
    goal.timeUsedSeconds === row.timeUsedSeconds &&
    goal.tokenBudget === row.tokenBudget &&
    (goal.updatedAt === undefined || goal.updatedAt === Math.floor(atMs / 1000))
  )
}
