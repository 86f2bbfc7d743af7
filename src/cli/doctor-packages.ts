import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Check } from './check.ts'
import { copiesOf, type InstalledPackage, resolvedPackage } from './installed-packages.ts'

/** Milliseconds for a Node to start and load one addon. */
const TIMEOUT = 20_000

/** @param node The command that starts it. @param folder From where its packages are found. */
export function packageChecks(node: string, folder: string): Check[] {
  const said = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: TIMEOUT })
  const version = said.stdout?.trim().replace(/^v/, '') ?? ''
  if (said.status !== 0 || !/^\d/.test(version)) {
    return [{ name: 'Node', found: `${node} does not start`, fix: 'give the Node that runs your agent, or its path' }]
  }
  return [nodeCheck(version), sqliteCheck(node, version, folder), ...openTelemetryChecks(folder)]
}

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = numbers(version)
  const old = major < 20 || (major === 20 && minor < 19)
  return { name: 'Node', found: version, fix: old ? 'goaltrace needs Node 20.19 or newer' : undefined }
}

function sqliteCheck(node: string, nodeVersion: string, folder: string): Check {
  const name = 'better-sqlite3'
  const found = resolvedPackage(name, folder)
  if (!found) return { name, found: `not installed for ${folder}`, fix: `npm i ${name}` }
  const fault = (fix: string) => ({ name, found: found.version, fix })
  const [major = 0] = numbers(found.version)
  if (major < 8 || major > 13) return fault(`goaltrace knows 8 to 13: npm i ${name}@13`)
  if (major >= 13 && (numbers(nodeVersion)[0] ?? 0) < 22) {
    return fault(`13 crashes Node ${nodeVersion}: npm i ${name}@12, or Node 22`)
  }
  const open = `new (require(process.argv[1]))(':memory:').close()`
  const { status, stderr } = spawnSync(node, ['-e', open, found.path], { encoding: 'utf8', timeout: TIMEOUT })
  if (status === 0) return { name, found: found.version }
  const why = /^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? 'the process crashed'
  return fault(`it does not load (${why}): npm rebuild ${name}`)
}

function openTelemetryChecks(folder: string): Check[] {
  return [apiCheck(folder), ...linesCheck(folder)]
}

function apiCheck(folder: string): Check {
  const name = 'OpenTelemetry API'
  const found = resolvedPackage('@opentelemetry/api', folder)
  if (!found) return { name, found: `not installed for ${folder}`, fix: 'npm i @opentelemetry/api' }
  const [major = 0, minor = 0] = numbers(found.version)
  if (major !== 1 || minor < 9)
    return { name, found: found.version, fix: 'goaltrace needs 1.9 or newer: npm i @opentelemetry/api@1' }
  const copies = copiesOf('@opentelemetry/api', folder)
  const minors = new Set(copies.map(({ version }) => numbers(version).slice(0, 2).join('.')))
  if (minors.size === 1) return { name, found: found.version }
  // The newer copy finds the older one's providers incompatible, and says nothing: api/src/internal/semver.ts.
  return {
    name,
    found: `${copies.length} copies: ${copies.map(({ version, path }) => `${version} (${path})`).join(', ')}`,
    fix: `what uses another copy than the SDK records nothing: npm dedupe, else "overrides": { "@opentelemetry/api": "${found.version}" } in package.json`,
  }
}

/** The two lines of OpenTelemetry JS keep loggers in different globals, and each drops what is given to the other. */
function linesCheck(folder: string): Check[] {
  const name = 'OpenTelemetry SDK'
  const found = ['sdk-node', 'sdk-logs', 'sdk-trace-base', 'sdk-metrics'].flatMap((part) => {
    const sdk = resolvedPackage(`@opentelemetry/${part}`, folder)
    return sdk ? [{ part, ...sdk }] : []
  })
  if (found.length === 0) return [{ name, found: 'none of your own; goaltrace brings what it needs' }]
  const said = found.map(({ part, version }) => `${part} ${version}`).join(', ')
  const lines = new Set(found.map(lineOf))
  if (lines.size > 1) {
    const fix = 'packages of two lines lose what they give each other: install all of 2.x (0.2xx) or all of 3.x (0.3xx)'
    return [{ name, found: said, fix }]
  }
  if (lines.has(3) && dependsOn(folder, '@opentelemetry/api-logs')) {
    const fix =
      "@opentelemetry/api-logs is of 2.x, and a 3.x SDK drops its records: npm rm @opentelemetry/api-logs, and import { logs } from '@opentelemetry/api'"
    return [{ name, found: `${said}, with api-logs`, fix }]
  }
  return [{ name, found: said }]
}

/** 0.2xx goes with 2.x, 0.3xx with 3.x. */
function lineOf({ version }: InstalledPackage): number {
  const [major = 0, minor = 0] = numbers(version)
  return major > 0 ? major : minor >= 300 ? 3 : 2
}

/** Whether the nearest package.json asks for it: others may have it for reasons of their own, as goaltrace has. */
function dependsOn(folder: string, name: string): boolean {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return dirname(folder) !== folder && dependsOn(dirname(folder), name)
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8'))
  return name in { ...dependencies, ...devDependencies }
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10))
}
