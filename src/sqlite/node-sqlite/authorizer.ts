import { observationFor } from '../observations.ts'
import { OWN_PREFIX } from '../own-names.ts'
import { patchMethod } from '../patched-method.ts'
import type { NodeSqliteDatabase } from './connection.ts'

type Authorizer = (action: number, a: unknown, b: unknown, database: unknown, trigger: string | null) => number
type SetAuthorizer = (authorizer: Authorizer | null) => unknown

/** https://sqlite.org/c3ref/c_deny.html */
const OK = 0

/** An agent's authorizer is asked about the agent's statements, not about goaltrace's triggers and what they do. */
export function patchAuthorizer(methods: NodeSqliteDatabase): void {
  patchMethod<NodeSqliteDatabase, SetAuthorizer>(methods, 'setAuthorizer', (setAuthorizer) => {
    return function (authorizer) {
      if (typeof authorizer !== 'function') return setAuthorizer.call(this, authorizer)
      return setAuthorizer.call(this, (...args) => {
        const ours = args[4]?.startsWith(OWN_PREFIX) || observationFor(this)?.own
        return ours ? OK : authorizer(...args)
      })
    }
  })
}
