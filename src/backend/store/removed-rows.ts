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
  const parts = [
    counted(events, 'event'),
    counted(goals, 'goal'),
    counted(spans, 'span'),
    counted(rejected, 'rejected record'),
  ]
  return `Removed ${parts.filter((part) => part !== '').join(', ')}: ${beyond(limits)}.`
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`
}
