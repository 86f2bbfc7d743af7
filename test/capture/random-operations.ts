import type { GoalTable } from '../../src/capture/goal-table.ts'
import type { GoalChange } from '../../src/event/goal-change.ts'
import { parseChangeContext } from '../../src/outbox/change-context.ts'
import { changesOf } from '../../src/outbox/outbox-row.ts'
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

/** As goal-delivery.ts reads them: what a REPLACE supersedes is left out. */
export function told(rows: readonly OutboxRow[], table: GoalTable): GoalChange[] {
  const changes = rows.map((row) => ({ row, change: parseChangeContext(row.context) }))
  const superseded = new Set(changes.flatMap(({ change }) => change.known.supersedes ?? []))
  return changes
    .filter(({ change }) => !superseded.has(change.uid))
    .flatMap(({ row, change }) => changesOf(row, change.known, { resource: {}, table }))
}
