import type { ConnectionObservation } from '../connection-observation.ts'
import { forgetObservation, observationFor, observationOf } from '../observations.ts'
import { isPatched, ownerOf, patchMethod } from '../patched-method.ts'
import { kindOfStatement } from '../statement-kind.ts'
import { patchAuthorizer } from './authorizer.ts'
import type { NodeSqliteDatabase } from './connection.ts'
import { patchSession } from './session.ts'
import { patchTagStore } from './tag-store.ts'
import { loadNodeSqlite } from './version.ts'

type Method = (...args: unknown[]) => unknown
type Prepare = (sql: string, ...options: unknown[]) => object
type Exec = (sql: string, ...more: unknown[]) => unknown
type Iterate = (...args: unknown[]) => IterableIterator<unknown>

/** What a native statement does not know of itself. */
interface Known {
  readonly database: NodeSqliteDatabase
  readonly source: string
}
const statements = new WeakMap<object, Known>()

/** The connection that statements may belong to which were prepared before the class was patched. */
let latest: WeakRef<NodeSqliteDatabase> | undefined

/** Patches the class, and takes this connection for the one that unknown statements belong to. */
export function patchClassOf(database: NodeSqliteDatabase): void {
  latest = new WeakRef(database)
  patchNodeSqlite(loadNodeSqlite().DatabaseSync.prototype)
}

/** Every use of a native class of node:sqlite begins at a DatabaseSync. @param prototype Its own; Deno has the methods above that. */
export function patchNodeSqlite(prototype: NodeSqliteDatabase): void {
  const methods = ownerOf(prototype, 'prepare')
  patchMethod<NodeSqliteDatabase, Prepare>(methods, 'prepare', (prepare) => {
    return function (sql, ...options) {
      const original = () => prepare.call(this, sql, ...options)
      const observation = observationOfText(this, sql)
      const statement = observation === undefined ? original() : observation.prepare(sql, original)
      statements.set(statement, { database: this, source: sql })
      patchStatement(ownerOf(statement, 'run'))
      return statement
    }
  })
  patchMethod<NodeSqliteDatabase, Exec>(methods, 'exec', (exec) => {
    return function (sql, ...more) {
      const original = (text: string) => exec.call(this, text, ...more)
      const observation = observationOfText(this, sql)
      return observation === undefined ? original(sql) : observation.exec(sql, original)
    }
  })
  for (const name of ['close', Symbol.dispose]) {
    patchMethod<NodeSqliteDatabase, Method>(methods, name, (close) => {
      return function (...args) {
        observationOf(this)?.close()
        // open() makes another connection of it.
        forgetObservation(this)
        return close.apply(this, args)
      }
    })
  }
  // One writes rows without a statement, one replaces all tables.
  for (const [name, kind] of [
    ['applyChangeset', 'dml'],
    ['deserialize', 'alter'],
  ] as const) {
    patchMethod<NodeSqliteDatabase, Method>(methods, name, (method) => {
      return function (...args) {
        const observation = observationFor(this)
        const original = () => method.apply(this, args)
        return observation === undefined ? original() : observation.around(kind, original)
      }
    })
  }
  patchAuthorizer(methods)
  for (const [name, patch] of [
    ['createTagStore', patchTagStore],
    ['createSession', patchSession],
  ] as const) {
    patchMethod<NodeSqliteDatabase, (...args: unknown[]) => object>(methods, name, (create) => {
      return function (...args) {
        const created = create.apply(this, args)
        patch(Object.getPrototypeOf(created))
        return created
      }
    })
  }
}

/** What is not a text is refused by the driver, with its own message. */
function observationOfText(database: NodeSqliteDatabase, sql: unknown): ConnectionObservation | undefined {
  return typeof sql === 'string' ? observationFor(database) : undefined
}

function patchStatement(methods: object): void {
  if (isPatched((methods as { run?: unknown }).run)) return
  for (const name of ['run', 'get', 'all']) {
    patchMethod<object, Method>(methods, name, (original) => {
      return function (...args) {
        const known = statements.get(this)
        if (known === undefined) return unknownStatement(() => original.apply(this, args))
        const observation = observationOf(known.database)
        return observation === undefined
          ? original.apply(this, args)
          : observation.write(kindOfStatement(known), this, original, args)
      }
    })
  }
  patchMethod<object, Iterate>(methods, 'iterate', (iterate) => {
    return function (...args) {
      const start = () => iterate.apply(this, args)
      const known = statements.get(this)
      const observation = known && observationOf(known.database)
      return known === undefined || observation === undefined ? start() : observation.iterate(known, start)
    }
  })
}

/** Whether it is a statement of the connection that is observed is not known; if it is not, guarding it changes nothing. */
function unknownStatement(run: () => unknown): unknown {
  const database = latest?.deref()
  const observation = database && observationOf(database)
  return observation === undefined ? run() : observation.guard(run)
}
