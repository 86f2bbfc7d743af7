import { observationOf } from '../observations.ts'
import { OWN_PREFIX } from '../own-names.ts'
import type { BetterSqlite3Database } from './database.ts'

type Log = (statement: unknown, ...more: unknown[]) => void
type Open = new (file?: unknown, options?: { readonly verbose?: unknown } | null) => BetterSqlite3Database
type Opener = (...args: unknown[]) => Open

/**
 * What better-sqlite3/lib/database.js exports, changed so that an agent's own log of statements, its option `verbose`, gets
 * the agent's statements alone. Version 13 exports what makes the class of a platform.
 */
export function withOwnLog(exported: Open | Opener): Open | Opener {
  if (isClass(exported)) return ofClass(exported)
  return (...args) => ofClass(exported(...args))
}

function isClass(exported: Open | Opener): exported is Open {
  return typeof exported.prototype?.prepare === 'function'
}

/** A class in place of the driver's everywhere, also as the `constructor` of an instance. */
function ofClass(Database: Open): Open {
  const shown: Open = new Proxy(Database, {
    construct(_, [file, options, ...more], type) {
      const log = options?.verbose
      if (typeof log !== 'function') return Reflect.construct(Database, [file, options, ...more], type)
      const verbose: Log = (statement, ...rest) => {
        if (!String(statement).includes(OWN_PREFIX) && !(opened && observationOf(opened)?.own)) log(statement, ...rest)
      }
      // Inherits from the agent's own options, of which the driver reads others.
      const given = Object.create(options, { verbose: { value: verbose, enumerable: true } })
      let opened: BetterSqlite3Database | undefined
      opened = Reflect.construct(Database, [file, given, ...more], type)
      return opened
    },
    // Called without `new`, it opens one all the same.
    apply: (_, __, args) => Reflect.construct(shown, args),
  })
  Object.defineProperty(Database.prototype, 'constructor', { value: shown, writable: true, configurable: true })
  return shown
}
