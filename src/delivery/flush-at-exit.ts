import { clock } from '../base/clock.ts'
import { reason, warnOnce } from '../base/diagnose.ts'
import { numberOf } from '../base/environment.ts'
import { BlockingExchange } from '../telemetry/blocking-exchange.ts'
import { otlpUrls } from '../telemetry/destination.ts'
import { processInstance } from '../telemetry/instance.ts'
import { knownAddresses } from '../telemetry/name-lookup.ts'
import { ExitContext } from './exit-context.ts'
import { ExitHandOver } from './exit-hand-over.ts'
import { onExit } from './exit-listener.ts'
import { exitSource } from './exit-source.ts'
import { ExitThread } from './exit-thread.ts'
import type { Relay } from './relay.ts'

/** The longest delay of an exit, and only where rows are pending or spans kept; GOALTRACE_EXIT_LIMIT overrides it. */
const DEFAULT_LIMIT_MS = 500
/** The part of it that Node needs to end a thread, or the process. */
const END_MS = 50

/** Milliseconds for which an exit waits until pending rows are delivered. */
export function exitLimit(): number {
  return Math.max(0, (numberOf(process.env, 'GOALTRACE_EXIT_LIMIT') ?? DEFAULT_LIMIT_MS) - END_MS)
}

interface Exiting {
  readonly relay: Relay
  /** Undefined for a database in memory. */
  readonly file: string | undefined
  readonly defaultToLocalhost: boolean
  /** Asked at the exit: whether the script would send where the agent's own exporter does. */
  readonly portable: () => boolean
}

const exiting = new Map<Relay, Exiting>()

/** How long the process has been kept alive already. */
let keptMs = 0

let look: (() => void) | undefined
let armed = false

/**
 * Called at the first observed connection, so that even a first change in an agent's own exit handler is captured.
 * @param first Called before delivery, to find changes that no trigger has announced.
 */
export function armExit(first?: () => void): void {
  if (!armed) onExit(flush)
  armed = true
  look ??= first
}

/**
 * Delivers pending rows when the process ends because its event loop runs empty, by `process.exit()` or by an uncaught
 * exception. In an exit handler nothing of the event loop runs any more: a script sends by system calls, or in a thread that this one
 * waits for. A signal without a handler runs no code at all: then the next start delivers them.
 */
export function flushAtExit(one: Exiting): void {
  armExit()
  exiting.set(one.relay, one)
}

/** The exit gets what is left of the limit. @param ms How long the process was kept alive. */
export function keptFor(ms: number): void {
  keptMs += ms
}

function flush(): void {
  try {
    look?.()
    deliver(clock.now() + exitLimit() - keptMs)
  } catch (error) {
    warnOfExit(error)
  }
  for (const { relay } of exiting.values()) relay.storeCheckpoint()
}

function deliver(deadline: number): void {
  if (deadline <= clock.now()) return
  const outboxes = [...exiting.values()].flatMap(handOver)
  try {
    const pending = outboxes.filter(({ isDone }) => !isDone)
    const source = pending.length > 0 ? exitSource() : undefined
    if (source !== undefined) send(source, pending, deadline)
  } finally {
    for (const outbox of outboxes) outbox.end()
  }
}

function handOver({ relay, portable, ...how }: Exiting): ExitHandOver[] {
  if (!relay.busy || relay.hasJustFailed || !portable()) return []
  try {
    const drain = relay.handOver()
    if (drain === undefined) return []
    const unsent = relay.spansAreDue ? drain.unsentSpans() : []
    return [new ExitHandOver({ name: relay.name, ...how }, drain, unsent)]
  } catch (error) {
    if (relay.isGone) relay.warnOfFailure(error)
    else warnOfExit(error)
    return []
  }
}

function send(source: string, outboxes: readonly ExitHandOver[], deadline: number): void {
  const exchange = BlockingExchange.to(otlpUrls(), deadline)
  const names = outboxes.map(({ name }) => name)
  const task = { outboxes: names, instance: processInstance(), addresses: knownAddresses() }
  const run = exchange ? new ExitContext(source, task, exchange) : new ExitThread(source, task, deadline)
  for (const [place, outbox] of outboxes.entries()) outbox.start(run, place)
  run.run((answer) => {
    if (answer.kind === 'warned') warnOnce(answer.cause, answer.sentence)
    else if (answer.kind !== 'done') outboxes[answer.outbox]?.take(answer, run, answer.outbox)
  })
  for (const outbox of outboxes) outbox.giveUp()
}

function warnOfExit(error: unknown): void {
  warnOnce('exit', `delivery at exit failed (${reason(error)}); pending rows go out at the next start`)
}
