import module from 'node:module'
import process from 'node:process'
import type { NodeSqliteDatabase } from './connection.ts'
import { patchNodeSqlite } from './patch.ts'
import { hasNodeSqlite } from './version.ts'

const NAME = 'node:sqlite'

/** Patches DatabaseSync before the agent has it. Never the first to load node:sqlite where Node warns of that. */
export function patchNodeSqliteWhenLoaded(): void {
  if (!hasNodeSqlite()) return
  if (isQuiet() || isLoaded()) patchLoaded()
  else patchAtLoading()
}

/** A hook costs each module that is loaded about 30 µs, so it goes as soon as it can. */
function patchAtLoading(): void {
  const hooks = module.registerHooks({
    resolve(specifier, context, next) {
      if (specifier === NAME) {
        hooks.deregister()
        patchLoaded()
      }
      return next(specifier, context)
    },
  })
}

function patchLoaded(): void {
  patchNodeSqlite(process.getBuiltinModule(NAME).DatabaseSync.prototype as unknown as NodeSqliteDatabase)
}

/** Whether loading it warns of nothing: since it is a release candidate (https://nodejs.org/api/sqlite.html). */
function isQuiet(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 25 || (major === 25 && minor >= 7) || (major === 24 && minor >= 15)
}

/** Whoever has loaded it has been warned. */
function isLoaded(): boolean {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] }
  return moduleLoadList.includes('NativeModule sqlite')
}
