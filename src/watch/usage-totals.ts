import type { SqlValue } from '../outbox/outbox-table.ts'

interface UsageRow {
  readonly goal: string
  readonly amounts: readonly [tokens: number, seconds: number]
}

/** What each goal has used, where usage is kept row by row in a table of its own. */
export class UsageTotals {
  readonly #rows = new Map<string, UsageRow>()
  readonly #ofGoal = new Map<string, Set<string>>()
  readonly #totals = new Map<string, [number, number]>()

  add(key: string, goal: SqlValue, tokens: SqlValue, seconds: SqlValue): string {
    const row = { goal: String(goal), amounts: [amount(tokens), amount(seconds)] as const }
    this.#rows.set(key, row)
    const rows = this.#ofGoal.get(row.goal) ?? new Set()
    this.#ofGoal.set(row.goal, rows.add(key))
    this.#count(row, 1)
    return row.goal
  }

  /** @returns the goal that the row was of. */
  delete(key: string): string | undefined {
    const row = this.#rows.get(key)
    if (row === undefined) return undefined
    this.#rows.delete(key)
    this.#ofGoal.get(row.goal)?.delete(key)
    this.#count(row, -1)
    return row.goal
  }

  of(goal: SqlValue): readonly [tokens: number, seconds: number] {
    return this.#totals.get(String(goal)) ?? [0, 0]
  }

  #count({ goal, amounts }: UsageRow, sign: 1 | -1): void {
    const total = this.#totals.get(goal) ?? [0, 0]
    // Whole numbers are added exactly; the rest is summed up again, since a double that is taken away leaves its rounding.
    const isExact = [...total, ...amounts].every(Number.isSafeInteger)
    this.#totals.set(goal, isExact ? [total[0] + sign * amounts[0], total[1] + sign * amounts[1]] : this.#sum(goal))
  }

  #sum(goal: string): [number, number] {
    const total: [number, number] = [0, 0]
    for (const key of this.#ofGoal.get(goal) ?? []) {
      const { amounts } = this.#rows.get(key) as UsageRow
      total[0] += amounts[0]
      total[1] += amounts[1]
    }
    return total
  }
}

/** As SQLite's total() takes it. */
function amount(value: SqlValue): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.parseFloat(String(value)) || 0
}
