import { clock } from '../base/clock.ts'
import { retryRequests } from '../telemetry/providers.ts'
import { exitLimit, keptFor } from './flush-at-exit.ts'
import type { Relay } from './relay.ts'

const relays = new Map<Relay, () => boolean>()

/**
 * Before a process exits because its event loop runs empty, promises still resolve, and pending rows are delivered as usual:
 * what flush-at-exit.ts runs cannot use the agent's exporters, and may need a thread.
 * @param portable Whether that would send to the same receiver.
 */
export function flushBeforeExit(relay: Relay, portable: () => boolean): void {
  if (relays.size === 0) process.once('beforeExit', () => void flush())
  relays.set(relay, portable)
}

async function flush(): Promise<void> {
  // Node calls the agent's own listeners once more when what keeps the process alive is over.
  const alone = process.listenerCount('beforeExit') === 0
  const busy = [...relays].filter(([relay, portable]) => relay.busy && (alone || !portable()))
  if (busy.length === 0) return
  const [startedAt, limit] = [clock.now(), exitLimit()]
  // The whole limit, until the real time is known: the exit must not wait once more for a receiver that hangs.
  keptFor(limit)
  // The exporters do not keep a process alive.
  const alive = setInterval(() => clearInterval(alive), limit)
  retryRequests(false)
  await Promise.all(busy.map(([relay]) => relay.drain().catch((error) => relay.warnOfFailure(error))))
  // An agent's listener may have given its process more to do.
  retryRequests(true)
  clearInterval(alive)
  keptFor(Math.min(0, clock.now() - startedAt - limit))
}
