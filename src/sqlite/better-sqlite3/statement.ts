import type { ConnectionObservation } from '../connection-observation.ts'
import { observationOf, observesLate } from '../observations.ts'
import { isPatched, patchedFunction, patchMethod } from '../patched-method.ts'
import { kindOfSql, kindOfStatement, type StatementKind } from '../statement-kind.ts'
import type { BetterSqlite3Statement } from './database.ts'

type Method = (...args: unknown[]) => unknown
type Iterate = (...args: unknown[]) => IterableIterator<unknown>

/** How database.pragma() begins its statements, which all claim to give rows. What gives none may change a setting. */
const PRAGMA = 'PRAGMA '

const METHODS = ['run', 'get', 'all'] as const

// Both kinds of methods decide in one function and do the work in another. So the first hands its arguments on as they
// came, and V8 makes no array of them for a statement that is not observed.

/** The methods of a class's statements that may write, by their kind. */
const observed = new WeakMap<object, Map<StatementKind, object>>()
const OBSERVED = Symbol('goaltrace.observed')

/**
 * A statement that may write gets methods that stand before its class's; the class itself, and so each statement that
 * only reads, is left alone: a method of goaltrace's in between, however short, made a SELECT of 1.7 µs 4 % slower.
 */
export function observeStatement(statement: BetterSqlite3Statement, observation: ConnectionObservation): void {
  const methods: BetterSqlite3Statement = Object.getPrototypeOf(statement)
  if (observesLate() || observation.ofEveryStatement) patchClass(methods)
  if (isPatched(methods.run) || onlyReads(statement)) return
  const kind = kindOfSql(statement.source)
  const known = observed.get(methods) ?? new Map<StatementKind, object>()
  observed.set(methods, known)
  const own = known.get(kind) ?? observedMethods(methods, kind)
  known.set(kind, own)
  Object.setPrototypeOf(statement, own)
}

function observedMethods(methods: BetterSqlite3Statement, kind: StatementKind): object {
  const own = Object.create(methods, { [OBSERVED]: { value: true } })
  for (const name of METHODS) {
    // Looked up each time, as the class's method may have been replaced since.
    const seen: Method = function (this: BetterSqlite3Statement, ...args) {
      const observation = observationOf(this.database) as ConnectionObservation
      return observation.write(kind, this, methods[name] as Method, args)
    }
    define(own, name, methods, function (this: BetterSqlite3Statement, ...args) {
      const passes = observationOf(this.database)?.passes(kind) ?? true
      return (passes ? (methods[name] as Method) : seen).apply(this, args)
    })
  }
  define(own, 'iterate', methods, function (this: BetterSqlite3Statement, ...args) {
    const start = () => methods.iterate.apply(this, args)
    const observation = observationOf(this.database)
    return observation === undefined ? start() : observation.iterate(this, start)
  })
  return own
}

/** Statements that were prepared before their connection was observed have nothing but their class. */
function patchClass(methods: BetterSqlite3Statement): void {
  if (isPatched(methods.run)) return
  for (const name of METHODS) {
    patchMethod<BetterSqlite3Statement, Method>(methods, name, (original) => {
      const seen: Method = function (this: BetterSqlite3Statement, ...args) {
        const observation = observationOf(this.database) as ConnectionObservation
        return observation.write(kindOfStatement(this), this, original, args)
      }
      return function (...args) {
        const passes = observationOf(this.database) === undefined || OBSERVED in this || onlyReads(this)
        return (passes ? original : seen).apply(this, args)
      }
    })
  }
  patchMethod<BetterSqlite3Statement, Iterate>(methods, 'iterate', (iterate) => {
    return function (...args) {
      const start = () => iterate.apply(this, args)
      const observation = OBSERVED in this || this.readonly ? undefined : observationOf(this.database)
      return observation === undefined ? start() : observation.iterate(this, start)
    }
  })
}

function onlyReads({ readonly, reader, source }: BetterSqlite3Statement): boolean {
  return readonly && reader && !source.startsWith(PRAGMA)
}

function define(
  own: object,
  name: 'run' | 'get' | 'all' | 'iterate',
  methods: BetterSqlite3Statement,
  value: Method,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(methods, name)
  Object.defineProperty(own, name, { ...descriptor, value: patchedFunction(methods[name] as Method, () => value) })
}
