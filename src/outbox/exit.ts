import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { Driver } from '../sqlite/driver.ts'
import { reason, warnOnce } from '../telemetry/diagnose.ts'
import { processInstance } from '../telemetry/instance.ts'
import type { ExitFlush } from './exit-worker.ts'
import type { Relay } from './relay.ts'

/** Waiting for the worker; with making it, an exit is delayed by at most 500 ms, and only where rows wait. */
const EXIT_LIMIT_MS = 450

interface Exiting {
  readonly relay: Relay
  readonly orLocalhost: boolean
  readonly driver: Driver
  /** Asked at the exit: whether a thread of its own would send where this one does. */
  readonly portable: () => boolean
}

const relays = new Map<string, Exiting>()

/**
 * Delivers what waits when the process ends by itself, by `process.exit()` or by an uncaught exception. In an exit
 * handler no promise settles any more, but a worker thread still runs while this one waits for it. A signal without a
 * handler runs no code at all: what waits then is delivered at the next start.
 */
export function flushAtExit(path: string, exiting: Exiting): void {
  if (relays.size === 0) process.on('exit', flush)
  relays.set(path, exiting)
}

function flush(): void {
  deliver()
  for (const { relay } of relays.values()) relay.settle()
}

function deliver(): void {
  const files = [...relays].flatMap(([path, { relay, portable, ...how }]) =>
    relay.busy && portable() ? { path, ...how } : [],
  )
  if (files.length === 0) return
  for (const { relay } of relays.values()) relay.stop()
  try {
    const done = new Int32Array(new SharedArrayBuffer(4))
    const workerData: { goaltrace: ExitFlush } = {
      goaltrace: { files, done, betterSqlite3: loadedBetterSqlite3(), instance: processInstance() },
    }
    // What the process was started with is not for this thread, and a request that fails is not tried again in it.
    const { NODE_OPTIONS: _, OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: __, ...rest } = process.env
    const env = { ...rest, OTEL_EXPORTER_OTLP_TIMEOUT: String(EXIT_LIMIT_MS) }
    const worker = new Worker(new URL('./exit-worker.mjs', import.meta.url), {
      workerData,
      env,
      execArgv: [],
      stdout: true,
      stderr: true,
    })
    worker.unref()
    Atomics.wait(done, 0, 0, EXIT_LIMIT_MS)
  } catch (error) {
    warnOnce(
      'exit',
      `what waits in the outbox is delivered at the next start, since delivering it at exit failed: ${reason(error)}`,
    )
  }
}

/** Where the agent's own better-sqlite3 was loaded from. */
function loadedBetterSqlite3(): string | undefined {
  const inner = /[\\/]better-sqlite3[\\/]lib[\\/]methods[\\/]wrappers\.js$/
  const loaded = Object.keys(createRequire(import.meta.url).cache).find((path) => inner.test(path))
  return loaded?.replace(/[\\/]methods[\\/]wrappers\.js$/, '/index.js')
}
