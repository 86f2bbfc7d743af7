import { type CodexGoalChange, CodexGoalIds, codexGoalChange } from '../../codex/codex-goal-change.ts'
import type { CodexRowChange } from '../../codex/place-change.ts'
import { isSettled } from '../../codex/settled-change.ts'
import type { GoalChange, GoalSnapshot } from '../../event/goal-change.ts'
import { goalEvents } from '../../event/goal-event.ts'
import { ChangeContextWriter } from '../../outbox/change-context.ts'
import type { RecordedOutbox } from '../../outbox/recorded-outbox.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { TurnSpans } from '../../telemetry/turn-spans.ts'
import type { GoalSink } from '../goal-sink.ts'
import type { ClientNotes } from './client-notes.ts'
import { ofCodex } from './codex-table.ts'
import { HeldChanges } from './held-changes.ts'
import { OpenTurns } from './open-turns.ts'
import type { Rollouts } from './rollouts.ts'
import { TurnsOfGoals } from './turns-of-goals.ts'

export interface CodexGoalsOptions {
  /** goaltrace's own file, which has the outbox too. */
  readonly own: Connection
  readonly rollouts: Rollouts
  readonly clientNotes: ClientNotes
  /** The outbox for what this version of Codex did. */
  readonly outboxOf: (version: string | undefined) => RecordedOutbox
  readonly spans: TurnSpans
  readonly captureObjective: boolean
  /** Whether the database was made just now, so that what stands in it at first was made since. */
  readonly isNew: boolean
}

/** From changes of rows, as they are read, to changes in the outbox, as soon as it is known whose they are. */
export class CodexGoals implements GoalSink {
  readonly #options: CodexGoalsOptions
  readonly #held: HeldChanges
  readonly #goals = new CodexGoalIds()
  readonly #context = new ChangeContextWriter()
  /** When a change was first seen here, in milliseconds. */
  readonly #readAt = new Map<number, number>()
  readonly turns: TurnsOfGoals

  constructor(options: CodexGoalsOptions) {
    this.#options = options
    this.#held = new HeldChanges(options.own)
    this.turns = new TurnsOfGoals(new OpenTurns(options.own), (threadId) => options.rollouts.of(threadId))
    for (const goal of this.#held.goals()) this.#goals.add(goal)
  }

  stands(change: GoalChange): void {
    if (this.#options.isNew) this.take(change, true)
    else if (change.after) this.#saw(change.after)
  }

  take(row: GoalChange, inferred: boolean): boolean {
    const { change, updatedAtMs } = ofCodex(row)
    const isCopy = this.#goals.isCopy(change)
    if (change.after) this.#saw(change.after)
    if (isCopy || goalEvents(change).length === 0) return false
    const isTimed = updatedAtMs !== undefined || change.after === null
    this.#held.add({ ...change, atMs: updatedAtMs ?? Date.now(), inferred: inferred || !isTimed })
    return true
  }

  /**
   * Reports the changes whose context is known by now, in the order of the commits.
   * @param nowMs On a clock that is never set.
   * @param last Whether nothing more is waited for.
   * @returns how many changes wait on.
   */
  report(nowMs: number, last = false): number {
    const held = this.#held.all()
    let reported = 0
    const { own } = this.#options
    if (held.length === 0) return 0
    this.#options.clientNotes.read()
    for (const { seq } of held) if (!this.#readAt.has(seq)) this.#readAt.set(seq, nowMs)
    own.exec('BEGIN IMMEDIATE')
    try {
      for (const { seq, change } of held) {
        const waited = last ? Number.POSITIVE_INFINITY : nowMs - (this.#readAt.get(seq) ?? 0)
        if (!this.#reported(change, change.inferred, waited)) break
        this.#held.drop(seq)
        this.#readAt.delete(seq)
        reported++
      }
      own.exec('COMMIT')
    } catch (error) {
      if (own.inTransaction) own.exec('ROLLBACK')
      throw error
    }
    return held.length - reported
  }

  #saw(goal: GoalSnapshot): void {
    this.#goals.add(goal)
    this.#held.saw(goal)
  }

  #reported(change: CodexRowChange, inferred: boolean, waitedMs: number): boolean {
    const threadId = (change.after ?? change.before)?.threadId ?? ''
    const thread = this.#options.rollouts.of(threadId)
    const note = this.#options.clientNotes.of(change)
    const goal = codexGoalChange(change, thread, note)
    const isNoteAwaited = note === undefined && this.#options.clientNotes.isAwaited(thread?.meta?.originator)
    if (!isSettled(change, goal, thread, waitedMs, isNoteAwaited)) return false
    this.#write(inferred ? { ...goal, source: 'inferred' } : goal, threadId)
    return true
  }

  #write(goal: CodexGoalChange, threadId: string): void {
    const { outboxOf, spans, captureObjective } = this.#options
    const { context, source, turn, version } = goal
    if (turn) this.turns.add({ threadId, sessionId: context.sessionId ?? threadId, version, turn })
    this.#context.caller(turn && spans.contextOf(turn.id))
    const bytes = this.#context.write(goal.atMs, 0, JSON.stringify({ ...context, source }))
    outboxOf(version).write(goal.change, bytes, captureObjective)
  }
}
