import type { GoalTable } from '../mapping/goal-table.ts'

/** What is followed of a database, as it is kept for another process. */
export function followedText(tables: readonly GoalTable[], captureObjective: boolean): string {
  return JSON.stringify([tables, captureObjective])
}

/**
 * Whether the rows that are known by one mapping are those that another one wants: a table that it maps anew or otherwise must not
 * be there, as its rows have no history. The file that maps the tables may be that of several databases.
 */
export function isStillFollowed(kept: string, now: string, isThere: (table: string) => boolean): boolean {
  const [before, captured] = JSON.parse(kept) as [GoalTable[], boolean]
  const [tables, captures] = JSON.parse(now) as [GoalTable[], boolean]
  const known = new Set(before.map((table) => JSON.stringify(table)))
  const isNew = ({ table, usage }: GoalTable) => isThere(table) || (usage !== undefined && isThere(usage.table))
  return captured === captures && tables.every((table) => known.has(JSON.stringify(table)) || !isNew(table))
}
