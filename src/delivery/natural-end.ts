import { exitLimit, keptFor } from './exit.ts'
import type { Relay } from './relay.ts'

const relays = new Map<Relay, () => boolean>()

/**
 * When a process has come to its natural end, promises still settle, so that what waits is delivered as ever: exit.ts's thread
 * takes longer to start than all else of an exit, and has no exporter of the agent's own.
 * @param portable Whether that thread would send where this one does.
 */
export function flushAtNaturalEnd(relay: Relay, portable: () => boolean): void {
  if (relays.size === 0) process.once('beforeExit', () => void flush())
  relays.set(relay, portable)
}

async function flush(): Promise<void> {
  // Node calls the agent's own listeners once more when what keeps the process alive is over.
  const alone = process.listenerCount('beforeExit') === 0
  const busy = [...relays].filter(([relay, portable]) => relay.busy && (alone || !portable()))
  if (busy.length === 0) return
  const [startedAt, limit] = [performance.now(), exitLimit()]
  // All of it, until it is known to be less: a receiver that hangs must not be waited for at the exit again.
  keptFor(limit)
  // The exporters keep no process alive.
  const alive = setInterval(() => clearInterval(alive), limit)
  await Promise.allSettled(busy.map(([relay]) => relay.drain()))
  clearInterval(alive)
  keptFor(Math.min(0, performance.now() - startedAt - limit))
}
