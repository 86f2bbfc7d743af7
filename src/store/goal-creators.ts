import type { SpanContext } from '@opentelemetry/api'
import type { GoalEvent } from '../event/goal-event.ts'

/** A goal that was created longer ago than this many others is no longer linked to. */
const REMEMBERED_GOALS = 10_000

/** The span in which each goal was created, for the links of its later ones. */
export class GoalCreators {
  readonly #spans = new Map<string, SpanContext>()

  of({ goal }: GoalEvent): SpanContext | undefined {
    return this.#spans.get(keyOf(goal))
  }

  /** After each event, with the span that it was made in. */
  follow({ kind, goal }: GoalEvent, span: SpanContext): void {
    if (kind !== 'created' && kind !== 'cleared') return
    const key = keyOf(goal)
    this.#spans.delete(key)
    if (kind === 'cleared') return
    this.#spans.set(key, span)
    if (this.#spans.size > REMEMBERED_GOALS) this.#spans.delete(this.#spans.keys().next().value ?? '')
  }
}

function keyOf({ threadId, goalId }: GoalEvent['goal']): string {
  return `${threadId}\0${goalId}`
}
