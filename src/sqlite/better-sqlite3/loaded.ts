import { createRequire } from 'node:module'
import { warnOnce } from '../../base/diagnose.ts'
import { observeLate } from '../observations.ts'
import { isPatched } from '../patched-method.ts'
import { type BetterSqlite3Methods, patchBetterSqlite3 } from './patch.ts'

/** Patches what was loaded before goaltrace where it is, in Node's cache of modules. @param name The package's. */
export function patchLoadedBetterSqlite3(name: string): void {
  // Its classes: the package's own, and of version 13 those of a platform.
  const classes = new RegExp(String.raw`[\\/]${name}[\\/]lib[\\/][^\\/]+\.js$`)
  for (const [path, module] of Object.entries(createRequire(import.meta.url).cache)) {
    if (!classes.test(path)) continue
    const { prototype: methods } = (module?.exports ?? {}) as { prototype?: BetterSqlite3Methods }
    if (typeof methods?.prepare !== 'function' || isPatched(methods.prepare)) continue
    patchBetterSqlite3(methods)
    observeLate()
    warnOnce(
      `late ${name}`,
      `${name} was loaded before goaltrace: a connection that is open already is observed from the next statement ` +
        'that it prepares; start the agent by node --import goaltrace/register, or call observeGoals(database)',
    )
  }
}
