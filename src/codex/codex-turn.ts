import type { TurnEnd, TurnUsage } from './rollout-line.ts'

/** A turn, as far as the rollout is read. */
export interface CodexTurn {
  readonly id: string
  readonly startedAtMs: number
  /** What started it: `goal` for one that continues a goal, null for a user's. */
  readonly trigger: string | null
  model: string | undefined
  usage: TurnUsage | undefined
  /** The thread's when the turn began. */
  readonly before: TurnUsage
  /** Undefined while it runs, and where its process died. */
  endedAtMs: number | undefined
  end: TurnEnd | undefined
  /** Codex's word for what failed. */
  error: string | null
  /** The last line that it wrote; what a client sets meanwhile does not show that the turn is alive. */
  lastAtMs: number
  /** Another turn or process has followed, so that it is over whether it said so or not. */
  over: boolean
}

export function startTurn(id: string, startedAtMs: number, trigger: string | null, before: TurnUsage): CodexTurn {
  const begun = { model: undefined, usage: undefined, endedAtMs: undefined, end: undefined, error: null, over: false }
  return { id, startedAtMs, trigger, before, lastAtMs: startedAtMs, ...begun }
}

export function wasRunningAt(turn: CodexTurn, atMs: number): boolean {
  if (turn.startedAtMs > atMs) return false
  if (turn.endedAtMs !== undefined) return atMs <= turn.endedAtMs
  return !turn.over || atMs <= turn.lastAtMs
}
