import { nodeCrypto } from '../base/node-crypto.ts'
import { UID_BYTES, uidText } from '../base/uid.ts'
import { type ChangeContext, parseChangeContext } from './change-context.ts'
import type { OutboxRow } from './outbox-table.ts'
import type { Sender } from './row-changes.ts'

/**
 * Whether a row is whole but for its context, which is NULL: better-sqlite3 13 takes a function that V8 has ended, in a worker
 * that is terminated, for one that returns nothing, so that the change is committed.
 */
export function isContextLost({ context, goal, old_goal }: OutboxRow): boolean {
  return context === '' && (goal !== null || old_goal !== null)
}

/** What is known of such a row: no caller, the time of the row next to it, and a uid that is the same each time it is read. */
export function lostContext(rows: readonly OutboxRow[], at: number, sender: Sender): ChangeContext {
  return {
    uid: uidOfRow(rows[at] as OutboxRow, sender),
    atMs: timeNear(rows, at) ?? Date.now(),
    durationUs: 0,
    traceId: '0'.repeat(32),
    spanId: '0'.repeat(16),
    traceFlags: 0,
    known: {},
  }
}

/** A UUID of version 8, made of the row itself (https://www.rfc-editor.org/rfc/rfc9562#section-5.8). The last byte is as `eventUid` has it. */
function uidOfRow(row: OutboxRow, sender: Sender): string {
  const text = JSON.stringify([sender, row], (_, value) => (typeof value === 'bigint' ? String(value) : value))
  const bytes = nodeCrypto().createHash('sha256').update(text).digest().subarray(0, UID_BYTES)
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  bytes[15] = 0
  return uidText(bytes.toString('hex'))
}

function timeNear(rows: readonly OutboxRow[], at: number): number | undefined {
  const others = [...rows.slice(0, at).reverse(), ...rows.slice(at + 1)]
  for (const { context } of others) {
    try {
      return parseChangeContext(context).atMs
    } catch {
      // Lost, too, or foreign.
    }
  }
  return undefined
}
