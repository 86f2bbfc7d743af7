import { spawnSync } from 'node:child_process'
import type { Check } from './check.ts'
import { driverChecks } from './drivers.ts'
import { asksFor, copiesOf, type InstalledPackage, resolvedPackage } from './installed-packages.ts'
import { ormChecks } from './orm.ts'

/** Milliseconds for a Node to start. */
const TIMEOUT = 20_000

/** @param runtime The command that starts the agent. @param node The Node to ask. @param folder From where its packages are found. */
export function packageChecks(runtime: string, node: string, folder: string): Check[] {
  const said = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: TIMEOUT })
  const version = said.stdout?.trim().replace(/^v/, '') ?? ''
  if (said.status !== 0 || !/^\d/.test(version)) {
    return [{ name: 'Node', found: `${node} does not start`, fix: 'give the Node that runs your agent, or its path' }]
  }
  const drivers = driverChecks(runtime, node, version, folder)
  return [nodeCheck(version), ...drivers, ...ormChecks(folder), ...openTelemetryChecks(folder)]
}

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = numbers(version)
  const old = major < 20 || (major === 20 && minor < 19)
  return { name: 'Node', found: version, fix: old ? 'goaltrace needs Node 20.19 or newer' : undefined }
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
  if (lines.has(3) && asksFor('@opentelemetry/api-logs', folder)) {
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

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10))
}
