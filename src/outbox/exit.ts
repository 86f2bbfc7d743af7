import { reason, warnOnce } from '../telemetry/diagnose.ts'
import { ExitThread } from './exit-thread.ts'
import type { Relay } from './relay.ts'

/** An exit is delayed by at most 500 ms in all, and only where rows wait: this much for sending, the rest for what is around it. */
const EXIT_LIMIT_MS = 450

interface Exiting {
  readonly relay: Relay
  readonly orLocalhost: boolean
  /** Asked at the exit: whether another thread would send where this one does. */
  readonly portable: () => boolean
}

const known = new Map<Relay, Exiting>()
let armed = false
let before: (() => void) | undefined

/**
 * From now on what waits is delivered when the process ends at its natural end, by `process.exit()` or by an uncaught
 * exception. A signal without a handler runs no code at all: what waits then is delivered at the next start.
 * @param first Called before, for changes that only a look finds.
 */
export function armExit(first?: () => void): void {
  if (!armed) {
    process.on('exit', flush)
    // An agent's own handler may change goals, so that this one has to come after all others.
    process.on('newListener', (event, listener) => {
      if (event === 'exit' && listener !== flush) queueMicrotask(moveLast)
    })
  }
  armed = true
  before ??= first
}

export function flushAtExit(exiting: Exiting): void {
  known.set(exiting.relay, exiting)
}

function moveLast(): void {
  process.off('exit', flush)
  process.on('exit', flush)
}

function flush(): void {
  before?.()
  const relays = [...known.values()]
  const waiting = relays.filter(({ relay, portable }) => relay.busy && portable())
  for (const { relay } of relays) relay.stop()
  try {
    deliver(waiting)
  } catch (error) {
    warnOnce('exit', `what waits is delivered at the next start, since delivering it at exit failed: ${reason(error)}`)
  }
  for (const { relay } of relays) relay.settle()
}

/** Events of all outboxes first: the limit may not leave time for more. */
function deliver(waiting: readonly Exiting[]): void {
  let thread: ExitThread | undefined
  // Made for the first batch that there really is.
  const get = () => {
    thread ??= new ExitThread(EXIT_LIMIT_MS)
    return thread
  }
  const drained = waiting.filter(({ relay, orLocalhost }) => relay.drainAtExit(get, orLocalhost))
  if (thread === undefined) return
  thread.post({ kind: 'end', outboxes: drained.flatMap(({ relay }) => relay.stateAtExit() ?? []) })
  thread.done()
}
