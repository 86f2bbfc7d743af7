import { counted } from '../../base/counted.ts'
import { beyond, type Limits } from './retention-limits.ts'

/** How many rows retention has removed. */
export interface Removed {
  readonly events: number
  /** Goals that have no events left. */
  readonly goals: number
  readonly spans: number
  readonly rejected: number
}

export const NOTHING: Removed = { events: 0, goals: 0, spans: 0, rejected: 0 }

export function sum(one: Removed, other: Removed): Removed {
  return {
    events: one.events + other.events,
    goals: one.goals + other.goals,
    spans: one.spans + other.spans,
    rejected: one.rejected + other.rejected,
  }
}

/** One sentence: what was removed, and why. */
export function removedText({ events, goals, spans, rejected }: Removed, limits: Limits): string {
  const all: readonly [number, string][] = [
    [events, 'event'],
    [goals, 'goal'],
    [spans, 'span'],
    [rejected, 'rejected record'],
  ]
  const parts = all.filter(([count]) => count > 0).map(([count, what]) => counted(count, what))
  return `Removed ${parts.join(', ')}: ${beyond(limits)}.`
}
