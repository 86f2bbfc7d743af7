import type { CodexThread } from '../../codex/codex-thread.ts'
import type { CodexTurn } from '../../codex/codex-turn.ts'
import type { EndedTurn } from '../../telemetry/turn-spans.ts'
import type { OpenTurn, OpenTurns } from './open-turns.ts'
import { isRunning, processOf, type ThreadProcess } from './thread-process.ts'

/** A turn in which a goal changed. */
export interface TurnOfGoal {
  readonly threadId: string
  readonly sessionId: string
  readonly version: string | undefined
  readonly turn: CodexTurn
}

/** Codex's word where a turn has none: of one that was interrupted, and of one whose process died. */
const INTERRUPTED = 'interrupted'
const DIED = 'process_died'

/** Milliseconds without a line in the rollout after which a turn is over, where no process of the thread was found. */
const LONGEST_SILENCE = 6 * 3_600_000

interface Open {
  readonly of: OpenTurn
  /** Null until it was looked for; undefined where none was found. */
  process: ThreadProcess | undefined | null
}

/** The turns in which goals changed, until they are over and their spans can be made. */
export class TurnsOfGoals {
  readonly #kept: OpenTurns
  readonly #open: Map<string, Open>
  readonly #threadOf: (threadId: string) => CodexThread | undefined

  /** @param threadOf Reads a thread's rollout on. */
  constructor(kept: OpenTurns, threadOf: (threadId: string) => CodexThread | undefined) {
    this.#kept = kept
    this.#threadOf = threadOf
    this.#open = new Map(kept.all().map((of) => [of.turnId, { of, process: null }]))
  }

  get size(): number {
    return this.#open.size
  }

  /** Within the transaction that reports its change. */
  add({ threadId, sessionId, version, turn }: TurnOfGoal): void {
    if (this.#open.has(turn.id)) return
    const of = { turnId: turn.id, threadId, sessionId, version }
    this.#kept.add(of)
    this.#open.set(turn.id, { of, process: null })
  }

  /** The turns that are over by now, each once. Call `drop` once its span is made. @param nowMs Milliseconds since 1970. */
  ended(nowMs: number): TurnOfGoal[] {
    const ended: TurnOfGoal[] = []
    for (const [turnId, open] of this.#open) {
      const { of } = open
      if (open.process === null) open.process = processOf(of.threadId)
      // Checked before the rollout is read: that has the last line of a process that is gone.
      const isGone = open.process !== undefined && !isRunning(open.process)
      const turn = this.#threadOf(of.threadId)?.turn(turnId)
      if (turn && !turn.over && !isGone && nowMs - turn.lastAtMs < LONGEST_SILENCE) continue
      this.#open.delete(turnId)
      // Its rollout is deleted.
      if (turn === undefined) this.#kept.drop(turnId)
      else ended.push({ ...of, turn })
    }
    return ended
  }

  /** Its span is made. */
  drop({ turn }: TurnOfGoal): void {
    this.#kept.drop(turn.id)
  }
}

export function endedTurn({ threadId, sessionId, turn }: TurnOfGoal, agent: string): EndedTurn {
  const { id, startedAtMs, endedAtMs = turn.lastAtMs, end, error, model, usage } = turn
  const isFine = end === 'completed'
  return {
    ...{ agent, turnId: id, threadId, sessionId, startedAtMs, endedAtMs, model, usage },
    error: isFine ? undefined : (error ?? (end === undefined ? DIED : INTERRUPTED)),
  }
}
