import type { GoalTable } from '../mapping/goal-table.ts'

/** What is followed of a database, as it is kept for another process. */
export function followedText(tables: readonly GoalTable[], captureObjective: boolean): string {
  return JSON.stringify([tables, captureObjective])
}

/**
 * Whether the rows known by one mapping can be followed on by another. They cannot where a table that is new in it, or mapped
 * differently, exists: its rows have no history. One that is missing does not matter, as the file may map the tables of several databases.
 */
export function isStillFollowed(kept: string, now: string, isThere: (table: string) => boolean): boolean {
  const [before, captured] = JSON.parse(kept) as [GoalTable[], boolean]
  const [tables, captures] = JSON.parse(now) as [GoalTable[], boolean]
  const known = new Set(before.map((table) => JSON.stringify(table)))
  const isNew = ({ table, usage }: GoalTable) => isThere(table) || (usage !== undefined && isThere(usage.table))
  return captured === captures && tables.every((table) => known.has(JSON.stringify(table)) || !isNew(table))
}
