import { createRequire } from 'node:module'
import { warnOnce } from '../../base/diagnose.ts'
import { isPatched, observeLate } from '../observers.ts'
import { type BetterSqlite3Methods, patchBetterSqlite3 } from './better-sqlite3.ts'

/** Its classes: the package's own, and of version 13 those of a platform. */
const CLASSES = /[\\/]better-sqlite3[\\/]lib[\\/][^\\/]+\.js$/

/** What was loaded before goaltrace came is patched where it is, in Node's cache of modules. */
export function patchLoadedBetterSqlite3(): void {
  for (const [path, module] of Object.entries(createRequire(import.meta.url).cache)) {
    if (!CLASSES.test(path)) continue
    const { prototype: methods } = (module?.exports ?? {}) as { prototype?: BetterSqlite3Methods }
    if (typeof methods?.prepare !== 'function' || isPatched(methods.prepare)) continue
    patchBetterSqlite3(methods)
    observeLate()
    warnOnce(
      'late',
      'better-sqlite3 was loaded before goaltrace: a connection that is open already is observed from the next statement ' +
        'that it prepares; start the agent by node --import goaltrace/register, or call observe(database)',
    )
  }
}
