import { reason, warnOnce } from '../base/diagnose.ts'
import { type Connection, databaseOf } from './connection.ts'
import type { ConnectionObservation } from './connection-observation.ts'

type Observe = (database: object) => ConnectionObservation | undefined

interface Observers {
  readonly observations: WeakMap<object, ConnectionObservation>
  /** Asked for each connection that is new to it. */
  observe: Observe | undefined
  /** Whether a statement may be older than the observation of its connection. */
  late: boolean
}

// One per process, so that two copies of goaltrace (ESM and CommonJS, or the one bundled into `register`) observe once.
const OBSERVERS = Symbol.for('goaltrace.observers')
const registry = globalThis as { [OBSERVERS]?: Observers }
registry[OBSERVERS] ??= { observations: new WeakMap(), observe: undefined, late: false }
const observers = registry[OBSERVERS]

const ignored = new WeakSet<object>()

export function observationOf(database: object): ConnectionObservation | undefined {
  return observers.observations.get(database)
}

/** Sets the observation of a connection that may have prepared statements before. */
export function setObservation(database: object, observation: ConnectionObservation): void {
  observeFromStart(database, observation)
  observeLate()
}

/** Sets the observation of a connection that has no statement yet. */
export function observeFromStart(database: object, observation: ConnectionObservation): void {
  observers.observations.set(database, observation)
}

/** From now on there may be statements that were prepared before their connection was observed. */
export function observeLate(): void {
  observers.late = true
}

export function observesLate(): boolean {
  return observers.late
}

/** The observation of a connection that is being used; a new connection is offered to observeConnections' callback. */
export function observationFor(database: object): ConnectionObservation | undefined {
  const known = observers.observations.get(database)
  if (known !== undefined || observers.observe === undefined || ignored.has(database)) return known
  const observation = started(database, observers.observe)
  if (observation === undefined) ignored.add(database)
  else observeFromStart(database, observation)
  return observation
}

/** The same for a text that is prepared or run; what is not a text is refused by the driver, with its own message. */
export function observationOfText(database: object, sql: unknown): ConnectionObservation | undefined {
  return typeof sql === 'string' ? observationFor(database) : undefined
}

/** Runs goaltrace's own statements on a connection, without waiting for anybody's lock. */
export function runQuietly<T>(connection: Connection, run: () => T): T {
  const observation = observationOf(databaseOf(connection))
  return observation === undefined ? run() : observation.quietly(run)
}

/** Undefined where that fails, as by a configuration that was changed since: it must not surface in the agent's statement. */
function started(database: object, observe: Observe): ConnectionObservation | undefined {
  try {
    return observe(database)
  } catch (error) {
    warnOnce('observe', `a database is not observed: ${reason(error)}`)
    return undefined
  }
}

/** A connection that is opened again under the same object is another one. */
export function forgetObservation(database: object): void {
  observers.observations.delete(database)
}

/** From now on every connection of a patched class is offered here at its first statement. */
export function observeConnections(observe: Observe | undefined): void {
  observers.observe = observe
}

/** goaltrace's own connections are never observed. */
export function ignoreConnection(connection: object): void {
  ignored.add(databaseOf(connection))
}
