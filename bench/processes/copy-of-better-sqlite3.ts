import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type Database from 'better-sqlite3'

/** A second copy, whose classes goaltrace never patches: what an agent without goaltrace runs, in the same process. */
export function copyOfBetterSqlite3(folder: string): typeof Database {
  const original = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'))
  const copy = join(folder, 'better-sqlite3')
  mkdirSync(copy)
  for (const part of ['package.json', 'lib', 'prebuilds', 'build']) {
    if (existsSync(join(original, part))) cpSync(join(original, part), join(copy, part), { recursive: true })
  }
  return createRequire(join(copy, 'index.js'))(copy) as typeof Database
}
