import { goalAttributes, recordAttributes } from '../../event/log-record.ts'
import { type DecodedChange, decode, LOST_SENDER, parseSender, type UnreadableRow } from '../../outbox/decode-row.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { type Sender, serviceOf } from '../../outbox/row-changes.ts'
import { type UnmappedChanges, unmappedChanges } from '../../outbox/unmapped-changes.ts'
import type { ShownEvent } from '../terminal/event-line.ts'

export interface PendingEvent extends ShownEvent {
  readonly uid: string
  /** ISO 8601. */
  readonly at: string
}

export interface PendingChanges {
  /** How many events they will be reported as. */
  readonly events: number
  /** The first of those events. */
  readonly next: readonly PendingEvent[]
  /** Rows that goaltrace did not write; they are set aside when the others are delivered. */
  readonly unreadable: readonly UnreadableRow[]
  /** Changes whose sender is lost, and with it the meaning of their table's words. */
  readonly lost: number
  /** Changes that are not reported, since nothing maps their goal's status. */
  readonly unmapped: readonly UnmappedChanges[]
}

/** At least this many events are shown. */
const SHOWN = 5
/** Rows read at a time. */
const BATCH = 512

/** The pending changes after the row of that number, decoded as the relay does. */
export function pendingChanges(outbox: Outbox, seq: number): PendingChanges {
  const senders = new Map<number, Sender>()
  const senderOf = (id: number) => {
    const sender = senders.get(id) ?? parseSender(outbox.senderText(id))
    senders.set(id, sender)
    return sender
  }
  const next: PendingEvent[] = []
  const unreadable: UnreadableRow[] = []
  const unmapped = new Map<string, UnmappedChanges>()
  let [events, lost] = [0, 0]
  for (const rows of outbox.batches(seq, BATCH)) {
    const decoded = decode(rows, senderOf)
    unreadable.push(...decoded.unreadable)
    for (const { table, word, changes } of unmappedChanges(decoded.changes)) {
      const before = unmapped.get(`${table} ${word}`)?.changes ?? 0
      unmapped.set(`${table} ${word}`, { table, word, changes: before + changes })
    }
    for (const change of decoded.changes) {
      events += change.events.length
      if (change.sender === LOST_SENDER) lost++
      if (next.length < SHOWN) next.push(...pendingEvents(change))
    }
  }
  return { events, next, unreadable, lost, unmapped: [...unmapped.values()] }
}

/** As they will be reported. */
function pendingEvents(decoded: DecodedChange): PendingEvent[] {
  const { context, sender, events, uids } = decoded
  return events.map((event, n) => ({
    uid: uids[n] ?? '',
    at: new Date(context.atMs).toISOString(),
    kind: event.kind,
    attributes: recordAttributes(event, goalAttributes(event, context.known), serviceOf(sender), context.known.source),
  }))
}
