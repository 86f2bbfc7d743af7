import { exitLimit, keptFor } from './exit.ts'
import type { Relay } from './relay.ts'

const relays = new Map<Relay, () => boolean>()

/**
 * What waits with a connection, and goes by an exporter of the agent's own, cannot be handed to exit.ts's thread. So it is
 * delivered while promises still settle, when the process has come to its natural end, and else is lost with it.
 * @param portable Whether it can.
 */
export function flushAtNaturalEnd(relay: Relay, portable: () => boolean): void {
  if (relays.size === 0) process.once('beforeExit', () => void flush())
  relays.set(relay, portable)
}

async function flush(): Promise<void> {
  const busy = [...relays].filter(([relay, portable]) => relay.busy && !portable())
  if (busy.length === 0) return
  const startedAt = performance.now()
  // The exporters keep no process alive.
  const alive = setInterval(() => clearInterval(alive), exitLimit())
  await Promise.allSettled(busy.map(([relay]) => relay.drain()))
  clearInterval(alive)
  keptFor(performance.now() - startedAt)
}
