import { join } from 'node:path'
import type { DriverCheck, Installation } from '../driver.ts'
import { crashes } from './load.ts'

export interface KnownPackage {
  readonly name: string
  /** Its major versions that goaltrace knows. */
  readonly oldest: number
  readonly newest: number
}

/** The first whose binary runs on Node-API, and so on any Node that it knows. */
const NODE_API = 13

export function checkBetterSqlite3(
  { name, oldest, newest }: KnownPackage,
  agent: Installation,
): DriverCheck | undefined {
  const installed = agent.find(name)
  if (installed === undefined) return undefined
  const { version: found, path } = installed
  const major = Number.parseInt(found, 10)
  if (major < oldest || major > newest) {
    return { found, fix: `goaltrace knows ${oldest} to ${newest}: npm i ${name}@${newest}` }
  }
  if (crashes(found, agent.nodeVersion)) {
    return { found, fix: `${major} crashes Node ${agent.nodeVersion}: npm i ${name}@12, or Node 22` }
  }
  const { succeeded, stderr } = agent.run(`new (require(process.argv[1]))(':memory:').close()`, path)
  if (!succeeded) {
    const why = /^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? 'the process crashed'
    return { found, fix: `it does not load (${why}): npm rebuild ${name}` }
  }
  if (major < NODE_API && aborts(agent, path)) {
    const fix = `compiled for Node 24.19 or newer, it aborts its process, with goaltrace or without: npm i ${name}@${NODE_API}`
    return { found, fix }
  }
  return { found }
}

/**
 * The headers of Node 24.19 make a binary whose statements cannot be collected while no JavaScript runs. It names the
 * function that then fails (https://github.com/nodejs/node/issues/65446), and almost always does so within a second.
 */
function aborts(agent: Installation, path: string): boolean {
  const binary = join(path, 'build', 'Release', 'better_sqlite3.node')
  if (!agent.contains(binary, 'RemoveEnvironmentCleanupHook')) return false
  const collect = `const db = new (require(process.argv[1]))(':memory:')
    let turns = 0
    const turn = () => {
      for (let n = 0; n < 5000; n++) db.prepare('SELECT ' + n)
      if (++turns < 10) setTimeout(turn)
    }
    turn()`
  return !agent.run(collect, path).succeeded
}
