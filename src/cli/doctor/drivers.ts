import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fitsNodeSqlite } from '../../sqlite/driver.ts'
import type { Check } from './check.ts'
import { asksFor, resolvedPackage } from './installed-packages.ts'

/** Milliseconds for a Node to start and load one addon. */
const TIMEOUT = 20_000

const BETTER = 'better-sqlite3'

/** What a driver lacks that goaltrace needs: SQL functions of JavaScript's in the statement, and a file to read again. */
const UNOBSERVED: Readonly<Record<string, string>> = {
  sqlite3: 'it runs statements in other threads, where no SQL function can ask JavaScript who makes a change',
  libsql: 'it has no SQL functions, by which a change asks who makes it',
  '@libsql/client': 'it has no SQL functions, by which a change asks who makes it',
  'sql.js': 'its databases are in memory, and what is saved of them is not seen',
  '@prisma/client': 'its engine opens the file itself, outside JavaScript',
}
/** By which Prisma's statements go through better-sqlite3. */
const PRISMA_ADAPTER = '@prisma/adapter-better-sqlite3'

const INSTEAD = `keep goals by ${BETTER} or node:sqlite, or tell them by instrumentGoalStore() or recordGoalChange()`

/** @param runtime The command's name. @param folder From where its packages are found. */
export function driverChecks(runtime: string, node: string, nodeVersion: string, folder: string): Check[] {
  const better = resolvedPackage(BETTER, folder)
  const observed: Check[] = better ? [betterSqlite3Check(node, nodeVersion, better)] : []
  const builtIn = fitsNodeSqlite(nodeVersion)
  if (builtIn) observed.push({ name: 'node:sqlite', found: `in Node ${nodeVersion}` })
  const others = unobservedBy(folder)
  if (runtime === 'bun') others.push(['bun:sqlite', 'it is not Node whose modules goaltrace hooks'])
  // Beside one that is observed it may keep something else; alone it keeps the goals.
  const alone = others.length > 0 && !asksFor(BETTER, folder)
  const checks = others.map(([name, why]) => {
    return { name, found: `is not observed: ${why}`, fix: alone ? INSTEAD : undefined }
  })
  if (observed.length > 0 || checks.length > 0) return [...observed, ...checks]
  const found = `not installed for ${folder}, and Node ${nodeVersion} has no node:sqlite that can be observed`
  return [{ name: BETTER, found, fix: `npm i ${BETTER}, or Node 22.16, 24 or newer` }]
}

function betterSqlite3Check(
  node: string,
  nodeVersion: string,
  { version, path }: { version: string; path: string },
): Check {
  const name = BETTER
  const fault = (fix: string) => ({ name, found: version, fix })
  const major = Number.parseInt(version, 10)
  if (major < 8 || major > 13) return fault(`goaltrace knows 8 to 13: npm i ${name}@13`)
  if (major >= 13 && Number.parseInt(nodeVersion, 10) < 22) {
    return fault(`13 crashes Node ${nodeVersion}: npm i ${name}@12, or Node 22`)
  }
  const open = `new (require(process.argv[1]))(':memory:').close()`
  const { status, stderr } = spawnSync(node, ['-e', open, path], { encoding: 'utf8', timeout: TIMEOUT })
  if (status === 0 && major < 13 && aborts(node, path)) {
    return fault(`compiled for Node 24.19 or newer, it aborts its process, with goaltrace or without: npm i ${name}@13`)
  }
  if (status === 0) return { name, found: version }
  const why = /^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? 'the process crashed'
  return fault(`it does not load (${why}): npm rebuild ${name}`)
}

/**
 * The headers of Node 24.19 make a binary whose statements cannot be collected while no JavaScript runs. It names the
 * function that then fails (https://github.com/nodejs/node/issues/65446), and as good as always does so within a second.
 */
function aborts(node: string, path: string): boolean {
  const binary = join(path, 'build', 'Release', 'better_sqlite3.node')
  if (!existsSync(binary) || !readFileSync(binary).includes('RemoveEnvironmentCleanupHook')) return false
  const collect = `const db = new (require(process.argv[1]))(':memory:')
    let turns = 0
    const turn = () => {
      for (let n = 0; n < 5000; n++) db.prepare('SELECT ' + n)
      if (++turns < 10) setTimeout(turn)
    }
    turn()`
  return spawnSync(node, ['-e', collect, path], { timeout: TIMEOUT }).status !== 0
}

/** Those that the agent's own package.json asks for: others come with packages, for ends of their own. */
function unobservedBy(folder: string): [string, string][] {
  return Object.entries(UNOBSERVED).filter(([name]) => {
    return asksFor(name, folder) && !(name === '@prisma/client' && asksFor(PRISMA_ADAPTER, folder))
  })
}
