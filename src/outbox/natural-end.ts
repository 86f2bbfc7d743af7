import type { Relay } from './relay.ts'

/** How long a process is kept that has nothing else to do, and only where changes wait, in milliseconds. */
const LIMIT_MS = 450

const relays = new Set<Relay>()

/**
 * What waits with a connection cannot be handed to exit.ts's worker. So it is delivered while promises still settle, when
 * the process has come to its natural end, and else is lost with it.
 */
export function flushAtNaturalEnd(relay: Relay): void {
  if (relays.size === 0) process.once('beforeExit', () => void flush())
  relays.add(relay)
}

async function flush(): Promise<void> {
  const busy = [...relays].filter((relay) => relay.busy)
  if (busy.length === 0) return
  // The exporters keep no process alive.
  const alive = setInterval(() => clearInterval(alive), LIMIT_MS)
  await Promise.allSettled(busy.map((relay) => relay.drain()))
  clearInterval(alive)
}
