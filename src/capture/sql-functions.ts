import type { RelayHandle } from '../outbox/relay-handle.ts'
import type { Caller } from './caller.ts'
import { noteThrown } from './fault.ts'
import { FUNCTIONS } from './trigger-sql.ts'
import type { UsageNotes, UsageRow } from './usage-notes.ts'
import { USAGE_FUNCTIONS } from './usage-triggers.ts'

export type Define = (name: string, fn: (...args: never[]) => unknown) => void

/**
 * As `define`, of functions that take integers as bigints, for functions to which they are numbers. From 2^53 they stay
 * bigints: as numbers, two ids would be one (https://sqlite.org/c3ref/int64.html).
 */
export function exactly(define: Define): Define {
  return (name, fn) =>
    define(name, (...args) => {
      try {
        // Most updates pass nothing, and need not pay for a list of it.
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
export function defineFunctions(define: Define, caller: Caller, relay: RelayHandle): void {
  define(FUNCTIONS.inserted, (thread: unknown, a: unknown, b: unknown) => {
    relay.wake()
    return caller.inserted(thread, a, b)
  })
  define(FUNCTIONS.updated, (thread?: unknown) => {
    relay.wake()
    return caller.updated(thread)
  })
  define(FUNCTIONS.moved, (thread: unknown, a: unknown, b: unknown) => {
    relay.wake()
    return caller.moved(thread, a, b)
  })
  define(FUNCTIONS.deleted, (thread: unknown, goal: unknown) => {
    relay.wake()
    return caller.deleted(thread, goal)
  })
  define(FUNCTIONS.ended, (thread: unknown) => {
    relay.wake()
    return caller.ended(thread)
  })
  define(FUNCTIONS.writing, (how: string, a: unknown, b: unknown) => caller.writing(how, a, b))
  define(FUNCTIONS.replacing, (...args: Parameters<Caller['replacing']>) => caller.replacing(...args))
  const { usage } = caller
  define(USAGE_FUNCTIONS.writing, (...args: Parameters<UsageNotes['writing']>) => usage.writing(...args))
  define(USAGE_FUNCTIONS.replacing, (...args: Parameters<UsageNotes['replacing']>) => usage.replacing(...args))
  define(USAGE_FUNCTIONS.elsewhere, (...args: Parameters<UsageNotes['elsewhere']>) => usage.elsewhere(...args))
  define(USAGE_FUNCTIONS.unknown, (...args: Parameters<UsageNotes['unknown']>) => usage.unknown(...args))
  define(USAGE_FUNCTIONS.changed, (...args: Parameters<UsageNotes['changed']>) => usage.changed(...args))
  define(USAGE_FUNCTIONS.total, (...args: Parameters<UsageNotes['total']>) => usage.total(...args))
  define(USAGE_FUNCTIONS.clearing, (...args: Parameters<UsageNotes['clearing']>) => usage.clearing(...args))
  define(USAGE_FUNCTIONS.last, (...args: Parameters<UsageNotes['last']>) => usage.last(...args))
  define(USAGE_FUNCTIONS.written, (...args: Parameters<Caller['usageWritten']>) => {
    relay.wake()
    return caller.usageWritten(...args)
  })
  define(USAGE_FUNCTIONS.deleted, (thread: unknown, ...row: UsageRow) => {
    relay.wake()
    return caller.usageDeleted(thread, ...row)
  })
}
