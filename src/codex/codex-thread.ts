import { type CodexTurn, startTurn } from './codex-turn.ts'
import type { ProtocolGoal } from './protocol-goal.ts'
import type { GoalTool, RolloutLine, ThreadMeta, TurnUsage } from './rollout-line.ts'

/** A call of a goal tool by the model. */
export interface GoalToolCall {
  readonly callId: string
  readonly tool: GoalTool
  readonly atMs: number
  /** Undefined while it runs; a call that was refused returns no goal. */
  returned: { readonly atMs: number; readonly goal: ProtocolGoal | undefined } | undefined
}

/** Lines that do not show that the turn before them is alive. */
const OF_NO_TURN: ReadonlySet<RolloutLine['kind']> = new Set(['thread', 'goal set', 'turn started'])

/** What a thread's rollout says of its goal's changes: who is at work, in which turns, and who changed it when. */
export class CodexThread {
  /** Undefined until the rollout's first line is read. */
  meta: ThreadMeta | undefined
  readonly turns: CodexTurn[] = []
  readonly toolCalls: GoalToolCall[] = []
  readonly sets: { readonly atMs: number; readonly goal: ProtocolGoal }[] = []
  #total: TurnUsage = { input: 0, cached: 0, output: 0 }
  /** Whether it says each turn's usage, which is more exact than the difference of totals. */
  #saysUsage = false
  /** The time of the last line that is read. */
  readToMs = 0

  /** @param line The rollout's next. */
  add(line: RolloutLine): void {
    this.readToMs = Math.max(this.readToMs, line.atMs)
    const open = this.turns.at(-1)
    if (open && !open.over && !OF_NO_TURN.has(line.kind)) open.lastAtMs = line.atMs
    switch (line.kind) {
      case 'thread':
        this.#meet(line)
        return
      case 'turn started':
        if (open) open.over = true
        this.turns.push(startTurn(line.turnId, line.atMs, line.trigger, this.#total))
        return
      case 'turn ended': {
        const turn = this.turn(line.turnId)
        if (turn === undefined || turn.over) return
        turn.end = line.end
        turn.endedAtMs = line.atMs
        turn.error = line.error
        turn.over = true
        return
      }
      case 'turn model': {
        const turn = this.turn(line.turnId)
        if (turn) turn.model = line.model
        return
      }
      case 'usage': {
        const turn = this.turn(line.turnId)
        if (turn) turn.usage = line.usage
        this.#saysUsage = true
        return
      }
      case 'total':
        if (open && !open.over && !this.#saysUsage) open.usage = since(open.before, line.usage)
        this.#total = line.usage
        return
      case 'tool called':
        this.toolCalls.push({ callId: line.callId, tool: line.tool, atMs: line.atMs, returned: undefined })
        return
      case 'tool returned': {
        const call = this.toolCalls.findLast(({ callId }) => callId === line.callId)
        if (call) call.returned = { atMs: line.atMs, goal: line.goal }
        return
      }
      case 'goal set':
        this.sets.push({ atMs: line.atMs, goal: line.goal })
    }
  }

  turn(id: string): CodexTurn | undefined {
    return this.turns.findLast((turn) => turn.id === id)
  }

  /** The first line is the thread's own. A fork's rollout goes on with its parent's; a resumed one may say itself again. */
  #meet({ kind: _, atMs: __, ...meta }: RolloutLine & { kind: 'thread' }): void {
    if (this.meta !== undefined && this.meta.threadId !== meta.threadId) return
    const open = this.turns.at(-1)
    if (open) open.over = true
    this.meta = this.meta === undefined ? meta : { ...this.meta, version: meta.version ?? this.meta.version }
  }
}

/** A thread's totals may begin again with another process. */
function since(before: TurnUsage, now: TurnUsage): TurnUsage {
  if (now.input < before.input || now.output < before.output) return now
  return {
    input: now.input - before.input,
    cached: Math.max(0, now.cached - before.cached),
    output: now.output - before.output,
  }
}
