import type { GoalChange } from '../../src/event/goal-change.ts'
import type { GoalTable } from '../../src/mapping/goal-table.ts'
import { decode } from '../../src/outbox/decode-row.ts'
import type { OutboxRow } from '../../src/outbox/outbox-table.ts'

/** https://en.wikipedia.org/wiki/Linear_congruential_generator, with the numbers of Numerical Recipes. */
export function randomOf(seed: number) {
  let state = seed
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return { next, of: <T>(items: readonly T[]) => items[next(items.length)] as T }
}

export function changesOf(rows: readonly OutboxRow[], table: GoalTable): GoalChange[] {
  return decode(rows, () => ({ resource: {}, table })).changes.map(({ change }) => change)
}
