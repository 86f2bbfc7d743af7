import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { bunSqlite } from '../../sqlite/bun-sqlite/driver.ts'
import type { Driver } from '../../sqlite/driver.ts'
import { DRIVER_NAMES, DRIVERS, INSTALL } from '../../sqlite/drivers.ts'
import type { Check } from './check.ts'
import { asksFor, resolvedPackage } from './installed-packages.ts'

/** Milliseconds for a Node to start and load one addon. */
const TIMEOUT = 20_000

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

const INSTEAD = `keep goals by ${DRIVER_NAMES}, or report them by instrumentGoalStore() or recordGoalChange()`

/** @param runtime The command that starts the agent. @param folder From where its packages are found. */
export function driverChecks(runtime: string, node: string, nodeVersion: string, folder: string): Check[] {
  const isBun = basename(runtime) === 'bun'
  const agent = {
    nodeVersion,
    find: (name: string) => resolvedPackage(name, folder),
    run(script: string, argument: string) {
      const { status, stderr } = spawnSync(isBun ? runtime : node, ['-e', script, argument], {
        encoding: 'utf8',
        timeout: TIMEOUT,
      })
      return { succeeded: status === 0, stderr: stderr ?? '' }
    },
    contains: (path: string, text: string) => existsSync(path) && readFileSync(path).includes(text),
  }
  // Of Node's no addon is loaded in Bun.
  const drivers: readonly Driver[] = isBun ? [bunSqlite] : DRIVERS
  const observed = drivers.flatMap((driver): Check[] => {
    const check = driver.check(agent)
    return check ? [{ name: driver.name, found: check.found, fix: check.fix }] : []
  })
  const others = unobservedBy(folder)
  // Beside one that is observed it may keep something else; alone it keeps the goals.
  const alone = others.length > 0 && !DRIVERS.some(({ name }) => asksFor(name, folder))
  const checks = others.map(([name, why]) => {
    return { name, found: `is not observed: ${why}`, fix: alone ? INSTEAD : undefined }
  })
  if (observed.length > 0 || checks.length > 0) return [...observed, ...checks]
  const found = `none installed for ${folder}, and none in Node ${nodeVersion} that can be observed`
  return [{ name: 'SQLite driver', found, fix: INSTALL }]
}

/** Those that the agent's own package.json asks for: others come with packages that use them themselves. */
function unobservedBy(folder: string): [string, string][] {
  return Object.entries(UNOBSERVED).filter(([name]) => {
    return asksFor(name, folder) && !(name === '@prisma/client' && asksFor(PRISMA_ADAPTER, folder))
  })
}
