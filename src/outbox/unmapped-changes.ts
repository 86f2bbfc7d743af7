import type { DecodedChange } from './decode-row.ts'
import type { Sender } from './row-changes.ts'

/** Changes that no event reports, since nothing maps the word for their goal's status. */
export interface UnmappedChanges {
  readonly table: string
  readonly word: string
  readonly changes: number
}

/** Of these changes, by table and word. */
export function unmappedChanges(changes: readonly DecodedChange<Sender>[]): UnmappedChanges[] {
  const counts = new Map<string, UnmappedChanges>()
  for (const { events, change, row, sender } of changes) {
    const goal = change.after ?? change.before
    if (events.length > 0 || goal === null || goal.status !== undefined) continue
    const { table } = sender.table
    const word = String(change.after === null ? row.old_status : row.status)
    const known = counts.get(`${table} ${word}`)
    counts.set(`${table} ${word}`, { table, word, changes: (known?.changes ?? 0) + 1 })
  }
  return [...counts.values()]
}
