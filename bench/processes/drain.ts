import Database from 'better-sqlite3'
import type { OpenDatabase } from '../../src/outbox/outbox-file.ts'
import { fileRelay } from '../../src/relays.ts'

/** Delivers all that waits in a file's outbox, and tells how long that took: node drain.ts FILE. */
const MB = 2 ** 20
const [file = ''] = process.argv.slice(2)
// Loading the SDK is no part of a rate.
await import('../../src/telemetry/sdk.ts')
const relay = fileRelay(file, Database as unknown as OpenDatabase, { orLocalhost: true })
const startMb = process.memoryUsage.rss() / MB
let peakMb = startMb
const watch = setInterval(() => {
  peakMb = Math.max(peakMb, process.memoryUsage.rss() / MB)
}, 50)
const startedAt = performance.now()
const cpu = process.cpuUsage()
await relay.drain()
const tookMs = performance.now() - startedAt
const { user, system } = process.cpuUsage(cpu)
clearInterval(watch)
console.log(JSON.stringify({ tookMs, cpuMs: (user + system) / 1000, startMb, peakMb }))
