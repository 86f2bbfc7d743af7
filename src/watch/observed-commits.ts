import type { GoalTable } from '../mapping/goal-table.ts'
import { parseSender } from '../outbox/decode-row.ts'
import { OUTBOX, SENDERS } from '../outbox/outbox-table.ts'
import type { NamedRows } from '../sqlite/wal/named-rows.ts'
import type { WantedTable } from '../sqlite/wal/table-shape.ts'
import type { TableChange } from '../sqlite/wal/tracked-tables.ts'

/** goaltrace's own tables in a database whose agent runs with it: a commit that adds to them is reported from within. */
export const OWN_TABLES: readonly WantedTable[] = [
  { name: OUTBOX, columns: ['sender'], required: ['sender'], lengths: [] },
  { name: SENDERS, columns: ['id', 'sender'], required: ['id', 'sender'], lengths: [] },
]

/** Which changes are reported by the agent's own process already. */
export class ObservedCommits {
  /** By a sender's number, the table that it observes, in lower case. */
  readonly #tables = new Map<unknown, string>()

  load(senders: NamedRows): void {
    for (const { values } of senders.rows) {
      const { table } = parseSender(String(values[1]))
      this.#tables.set(values[0], table.table.toLowerCase())
    }
  }

  /** The tables of which a commit is reported from within; `all` where that is not known. */
  of(tables: readonly TableChange[]): ReadonlySet<string> | 'all' {
    const senders = tables.find(({ table }) => table === SENDERS)
    if (senders) this.load(senders.added)
    const rows = tables.find(({ table }) => table === OUTBOX)?.added.rows ?? []
    const names = rows.map(({ values }) => this.#tables.get(values[0]))
    return names.includes(undefined) ? 'all' : new Set(names.filter((name) => name !== undefined))
  }
}

export function isReported({ table }: GoalTable, reported: ReadonlySet<string> | 'all'): boolean {
  return reported === 'all' || reported.has(table.toLowerCase())
}
