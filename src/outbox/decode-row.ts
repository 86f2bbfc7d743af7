import { reason } from '../base/diagnose.ts'
import { eventUid } from '../base/uid.ts'
import type { GoalChange } from '../event/goal-change.ts'
import { type GoalEvent, goalEvents } from '../event/goal-event.ts'
import { type ChangeContext, parseChangeContext } from './change-context.ts'
import { earlierChanges, isEarlier } from './earlier-rows.ts'
import { isContextLost, lostContext } from './lost-context.ts'
import type { OutboxRow } from './outbox-table.ts'
import { withoutRewrites } from './rewrites.ts'
import { changeOf, type RowChanges, type Sender } from './row-changes.ts'

/** One change of a goal, as a row has it. */
export interface DecodedChange<S extends Sender = Sender> {
  readonly row: OutboxRow
  readonly context: ChangeContext
  readonly sender: S
  readonly change: GoalChange
  readonly events: readonly GoalEvent[]
  /** The events' own, by which a backend recognizes copies of a record. */
  readonly uids: readonly string[]
}

/** A row that goaltrace did not write, or not so. */
export interface UnreadableRow {
  readonly seq: number
  readonly why: string
}

export interface Decoded<S extends Sender = Sender> {
  readonly changes: readonly DecodedChange<S>[]
  readonly unreadable: readonly UnreadableRow[]
}

/** The sender of rows whose own is lost: the row's values are reported in the table's own words. */
export const LOST_SENDER: Sender = {
  resource: {},
  table: {
    table: '(lost)',
    columns: { goalId: 'goal', status: 'status', tokensUsed: 'tokens', timeUsedSeconds: 'seconds' },
  },
}

/**
 * A batch's changes, in order, without those that a later row of it has undone.
 * @param senderOf By the number that the outbox gives it.
 */
export function decode<S extends Sender>(rows: readonly OutboxRow[], senderOf: (id: number) => S): Decoded<S> {
  const read: RowChanges<S>[] = []
  const unreadable: UnreadableRow[] = []
  const superseded = new Set<string>()
  for (const [at, row] of rows.entries()) {
    try {
      const sender = senderOf(row.sender)
      const context = isContextLost(row) ? lostContext(rows, at, sender) : parseChangeContext(row.context)
      const { known } = context
      if (isEarlier(known)) for (const uid of known.supersedes ?? []) superseded.add(uid)
      const changes = isEarlier(known) ? earlierChanges(row, known, sender) : [changeOf(row, sender)]
      read.push({ row, context, sender, changes })
    } catch (error) {
      unreadable.push({ seq: row.seq, why: reason(error) })
    }
  }
  const standing = superseded.size === 0 ? read : read.filter(({ context }) => !superseded.has(context.uid))
  return { changes: withoutRewrites(standing).flatMap(withEvents), unreadable }
}

function withEvents<S extends Sender>({ changes, ...of }: RowChanges<S>): DecodedChange<S>[] {
  let index = 0
  return changes.map((change) => {
    const events = goalEvents(change)
    const uids = events.map(() => eventUid(of.context.uid, index++))
    return { ...of, change, events, uids }
  })
}

/** @param text As the outbox keeps it; undefined where it is gone. */
export function parseSender(text: string | undefined): Sender {
  try {
    const sender = JSON.parse(text ?? 'null') as Sender | null
    return sender && isObject(sender.resource) && isObject(sender.table?.columns) ? sender : LOST_SENDER
  } catch {
    return LOST_SENDER
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
