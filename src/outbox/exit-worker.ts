import { workerData } from 'node:worker_threads'
import { fileRelay } from '../relays.ts'
import { type Driver, openBy } from '../sqlite/driver.ts'
import { countFor } from '../telemetry/instance.ts'
import { printAtOnce } from './exit-console.ts'

/** What exit.ts hands to this thread. */
export interface ExitFlush {
  readonly files: readonly { readonly path: string; readonly orLocalhost: boolean; readonly driver: Driver }[]
  /** Set to 1 when all is delivered or cannot be. */
  readonly done: Int32Array
  readonly betterSqlite3: string | undefined
  readonly instance: string
}

const { files, done, betterSqlite3, instance } = (workerData as { goaltrace: ExitFlush }).goaltrace
countFor(instance)
printAtOnce()
// The exporters keep nothing alive by themselves, and a thread without anything to wait for ends.
const alive = setInterval(() => {}, 1000)
try {
  const relays = files.map(({ path, orLocalhost, driver }) =>
    fileRelay(path, openBy(driver, betterSqlite3), { orLocalhost }),
  )
  // Events first: the limit may not leave time for more.
  await Promise.allSettled(relays.map((relay) => relay.deliver()))
  await Promise.allSettled(relays.map((relay) => relay.flush()))
} finally {
  clearInterval(alive)
  Atomics.store(done, 0, 1)
  Atomics.notify(done, 0)
}
