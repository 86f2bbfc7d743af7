import { NativeStatements } from '../native-statements.ts'
import { forgetObservation, observationFor, observationOf, observationOfText } from '../observations.ts'
import { ownerOf, patchMethod } from '../patched-method.ts'
import { patchAuthorizer } from './authorizer.ts'
import type { NodeSqliteDatabase } from './connection.ts'
import { patchSession } from './session.ts'
import { patchTagStore } from './tag-store.ts'
import { loadNodeSqlite } from './version.ts'

type Method = (...args: unknown[]) => unknown
type Prepare = (sql: string, ...options: unknown[]) => object
type Exec = (sql: string, ...more: unknown[]) => unknown

const statements = new NativeStatements()

/** Patches the class, and takes this connection for the one that unknown statements belong to. */
export function patchClassOf(database: NodeSqliteDatabase): void {
  statements.adopt(database)
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
      statements.note(statement, this, sql)
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

function patchStatement(methods: object): void {
  statements.patch(methods, ['run', 'get', 'all'])
  statements.patchIterate(methods)
}
