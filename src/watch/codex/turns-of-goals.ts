import type { CodexThread } from '../../codex/codex-thread.ts'
import type { CodexTurn } from '../../codex/codex-turn.ts'
import type { EndedTurn } from '../../telemetry/turn-spans.ts'

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

/** The turns in which goals changed, until they are over and their spans can be made. */
export class TurnsOfGoals {
  readonly #open = new Map<string, TurnOfGoal>()
  readonly #threadOf: (threadId: string) => CodexThread | undefined

  /** @param threadOf Reads a thread's rollout on. */
  constructor(threadOf: (threadId: string) => CodexThread | undefined) {
    this.#threadOf = threadOf
  }

  get size(): number {
    return this.#open.size
  }

  add(turn: TurnOfGoal): void {
    this.#open.set(turn.turn.id, turn)
  }

  /** Those that are over by now, each once. */
  ended(): TurnOfGoal[] {
    for (const threadId of new Set([...this.#open.values()].map((of) => of.threadId))) this.#threadOf(threadId)
    const ended = [...this.#open.values()].filter(({ turn }) => turn.over)
    for (const { turn } of ended) this.#open.delete(turn.id)
    return ended
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
