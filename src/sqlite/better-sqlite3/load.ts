import { createRequire } from 'node:module'
import type { OpenDatabase } from '../open-database.ts'

/** The first that needs Node 22: its addon crashes the process on an older one, which nothing can catch. */
const NEEDS_22 = 13

export function crashes(version: string, node: string): boolean {
  return Number.parseInt(version, 10) >= NEEDS_22 && Number.parseInt(node, 10) < 22
}

/**
 * Loads a package like better-sqlite3 beside goaltrace, perhaps in an agent's process that has no use for it.
 * @throws {Error} where it is not installed, or would crash this Node.
 */
export function loadBetterSqlite3(name: string, node = process.versions.node): OpenDatabase {
  const load = createRequire(import.meta.url)
  const { version } = load(`${name}/package.json`)
  if (crashes(version, node)) throw new Error(`${name} ${version} crashes Node ${node}: npm i ${name}@12, or Node 22`)
  return load(name)
}
