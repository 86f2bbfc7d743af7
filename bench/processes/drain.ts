import Database from 'better-sqlite3'
import { fileRelay } from '../../src/delivery/relays.ts'
import type { OpenDatabase } from '../../src/sqlite/open-database.ts'

/** Delivers all pending rows of a file's outbox, and prints how long that took: node drain.ts FILE. */
const MB = 2 ** 20
const [file = ''] = process.argv.slice(2)
// Loading the SDK is not part of the rate.
await import('../../src/telemetry/sdk.ts')
const relay = fileRelay(file, Database as unknown as OpenDatabase, { defaultToLocalhost: true })
const samples = [process.memoryUsage.rss() / MB]
const watch = setInterval(() => {
  samples.push(process.memoryUsage.rss() / MB)
}, 50)
const startedAt = performance.now()
const cpu = process.cpuUsage()
await relay.drain()
const tookMs = performance.now() - startedAt
const { user, system } = process.cpuUsage(cpu)
clearInterval(watch)
const half = Math.ceil(samples.length / 2)
const [halfwayMb, peakMb] = [Math.max(...samples.slice(0, half)), Math.max(...samples)]
console.log(JSON.stringify({ tookMs, cpuMs: (user + system) / 1000, startMb: samples[0], halfwayMb, peakMb }))
