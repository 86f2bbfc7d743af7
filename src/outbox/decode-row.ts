import type { GoalChange } from '../event/goal-change.ts'
import { type GoalEvent, goalEvents } from '../event/goal-event.ts'
import { reason } from '../telemetry/diagnose.ts'
import { type ChangeContext, parseChangeContext } from './change-context.ts'
import { changesOf, type Sender } from './outbox-row.ts'
import type { OutboxRow } from './outbox-table.ts'
import { eventUid } from './uid.ts'

/** One change of a goal, as a row has it. */
export interface DecodedChange<S extends Sender = Sender> {
  readonly row: OutboxRow
  readonly context: ChangeContext
  readonly sender: S
  readonly change: GoalChange
  readonly events: readonly GoalEvent[]
  /** The place of its first event among the row's. */
  readonly index: number
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

/** Of rows whose sender is lost: what the row has is reported, in the table's own words. */
export const LOST_SENDER: Sender = {
  resource: {},
  table: {
    table: '(lost)',
    columns: { goalId: 'goal', status: 'status', tokensUsed: 'tokens', timeUsedSeconds: 'seconds' },
  },
}

/**
 * A batch's changes, in order, without those that a later row supersedes.
 * @param senderOf By the number that the outbox gives it.
 */
export function decode<S extends Sender>(rows: readonly OutboxRow[], senderOf: (id: number) => S): Decoded<S> {
  const read: { row: OutboxRow; context: ChangeContext }[] = []
  const unreadable: UnreadableRow[] = []
  const superseded = new Set<string>()
  for (const row of rows) {
    try {
      const context = parseChangeContext(row.context)
      for (const uid of context.known.supersedes ?? []) superseded.add(uid)
      read.push({ row, context })
    } catch (error) {
      unreadable.push({ seq: row.seq, why: reason(error) })
    }
  }
  const changes: DecodedChange<S>[] = []
  for (const { row, context } of read) {
    if (superseded.has(context.uid)) continue
    const sender = senderOf(row.sender)
    try {
      changes.push(...decodeRow(row, context, sender))
    } catch (error) {
      unreadable.push({ seq: row.seq, why: reason(error) })
    }
  }
  return { changes, unreadable }
}

function decodeRow<S extends Sender>(row: OutboxRow, context: ChangeContext, sender: S): DecodedChange<S>[] {
  let index = 0
  return changesOf(row, context.known, sender).map((change) => {
    const events = goalEvents(change)
    index += events.length
    return { row, context, sender, change, events, index: index - events.length }
  })
}

/** The uids of a change's events, in order. */
export function uidsOf({ context, events, index }: DecodedChange): string[] {
  return events.map((_, n) => eventUid(context.uid, index + n))
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
