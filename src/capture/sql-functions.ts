import type { SqlValue } from '../outbox/outbox-table.ts'
import type { RelayHandle } from '../outbox/relay-handle.ts'
import type { ChangeRecorder } from './change-recorder.ts'
import { noteThrown } from './fault.ts'
import { REPLACE_FUNCTIONS } from './replace-triggers.ts'
import type { Replacements } from './replacements.ts'
import { FUNCTIONS } from './trigger-sql.ts'
import type { UsageNotes, UsageRow } from './usage-notes.ts'
import { USAGE_FUNCTIONS } from './usage-triggers.ts'

export type Define = (name: string, fn: (...args: never[]) => unknown) => void

/**
 * Wraps a `define` whose functions get integers as bigints, for functions that take numbers. Integers from 2^53 stay
 * bigints: as numbers, two ids could become one (https://sqlite.org/c3ref/int64.html).
 */
export function exactly(define: Define): Define {
  return (name, fn) =>
    define(name, (...args) => {
      try {
        // Most updates pass no argument, and are spared the array.
        return args.length === 0 ? fn() : fn(...(args.map(exact) as never[]))
      } catch (error) {
        noteThrown(error)
        throw error
      }
    })
}

function exact(value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** What the triggers ask of JavaScript; each change wakes the relay. */
export function defineFunctions(define: Define, recorder: ChangeRecorder, relay: RelayHandle): void {
  define(FUNCTIONS.inserted, (thread: SqlValue) => {
    relay.wake()
    return recorder.inserted(thread)
  })
  define(FUNCTIONS.updated, (thread?: unknown) => {
    relay.wake()
    return recorder.updated(thread)
  })
  define(FUNCTIONS.deleted, (...args: Parameters<ChangeRecorder['deleted']>) => {
    relay.wake()
    return recorder.deleted(...args)
  })
  define(FUNCTIONS.ended, (thread: unknown) => {
    relay.wake()
    return recorder.ended(thread)
  })
  defineReplaceFunctions(define, recorder, relay)
  defineUsageFunctions(define, recorder, relay)
}

function defineReplaceFunctions(define: Define, recorder: ChangeRecorder, relay: RelayHandle): void {
  const { replacements } = recorder
  define(REPLACE_FUNCTIONS.writing, (...args: Parameters<ChangeRecorder['writing']>) => recorder.writing(...args))
  define(REPLACE_FUNCTIONS.note, (...args: Parameters<Replacements['note']>) => replacements.note(...args))
  define(REPLACE_FUNCTIONS.plain, (thread: SqlValue, goal: SqlValue, ...identity: SqlValue[]) =>
    replacements.inserted(thread, goal, identity.length > 0 ? identity : [thread, goal]) ? 0 : 1,
  )
  define(REPLACE_FUNCTIONS.replaced, (...args: Parameters<ChangeRecorder['replaced']>) => {
    relay.wake()
    return recorder.replaced(...args)
  })
  define(REPLACE_FUNCTIONS.continued, (field: number) => kept(replacements.continued?.[field]))
  define(REPLACE_FUNCTIONS.moved, (...args: Parameters<Replacements['moved']>) => replacements.moved(...args))
  define(REPLACE_FUNCTIONS.evictions, () => replacements.evicted.length)
  define(REPLACE_FUNCTIONS.evicted, (n: number) => recorder.evicted(n))
  define(REPLACE_FUNCTIONS.evictedField, (n: number, field: number) => kept(replacements.evicted[n]?.[field]))
  define(REPLACE_FUNCTIONS.voided, () => replacements.voided)
}

/** A value on its way back to SQLite: an integer goes as a bigint, since drivers store a number as REAL. */
function kept(value: SqlValue | undefined): SqlValue {
  return Number.isSafeInteger(value) ? BigInt(value as number) : (value ?? null)
}

function defineUsageFunctions(define: Define, recorder: ChangeRecorder, relay: RelayHandle): void {
  const { usage } = recorder
  define(USAGE_FUNCTIONS.writing, (...args: Parameters<UsageNotes['writing']>) => usage.writing(...args))
  define(USAGE_FUNCTIONS.replacing, (...args: Parameters<UsageNotes['replacing']>) => usage.replacing(...args))
  define(USAGE_FUNCTIONS.elsewhere, (...args: Parameters<UsageNotes['elsewhere']>) => usage.elsewhere(...args))
  define(USAGE_FUNCTIONS.unknown, (...args: Parameters<UsageNotes['unknown']>) => usage.unknown(...args))
  define(USAGE_FUNCTIONS.changed, (...args: Parameters<UsageNotes['changed']>) => usage.changed(...args))
  define(USAGE_FUNCTIONS.before, (...args: Parameters<UsageNotes['before']>) => usage.before(...args))
  define(USAGE_FUNCTIONS.total, (...args: Parameters<UsageNotes['total']>) => usage.total(...args))
  define(USAGE_FUNCTIONS.clearing, (...args: Parameters<UsageNotes['clearing']>) => usage.clearing(...args))
  define(USAGE_FUNCTIONS.last, (...args: Parameters<UsageNotes['last']>) => usage.last(...args))
  define(USAGE_FUNCTIONS.written, (thread: unknown) => {
    relay.wake()
    return recorder.usageWritten(thread)
  })
  define(USAGE_FUNCTIONS.deleted, (thread: unknown, ...row: UsageRow) => {
    relay.wake()
    return recorder.usageDeleted(thread, ...row)
  })
}
