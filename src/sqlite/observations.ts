import { reason, warnOnce } from '../base/diagnose.ts'
import type { Connection } from '../sqlite/connection.ts'
import { NodeSqliteConnection } from '../sqlite/node-sqlite.ts'
import type { ObservableDatabase } from './database.ts'
import type { Observation } from './observation.ts'

type Observe = (database: ObservableDatabase) => Observation | undefined

interface Observers {
  readonly observations: WeakMap<ObservableDatabase, Observation>
  /** Asked for each connection that is new to it. */
  observe: Observe | undefined
  /** Whether a statement may be older than the observation of its connection. */
  late: boolean
}

// One a process, so that two copies of goaltrace (ESM and CommonJS, or the one bundled into `register`) patch once.
const OBSERVERS = Symbol.for('goaltrace.observers')
const PATCHED = Symbol.for('goaltrace.patched')
const registry = globalThis as { [OBSERVERS]?: Observers }
registry[OBSERVERS] ??= { observations: new WeakMap(), observe: undefined, late: false }
const observers = registry[OBSERVERS]

const ignored = new WeakSet<object>()

export function observationOf(database: ObservableDatabase): Observation | undefined {
  return observers.observations.get(database)
}

/** Of a connection whose statements may be older. */
export function setObservation(database: ObservableDatabase, observation: Observation): void {
  observeFromStart(database, observation)
  observeLate()
}

/** Of a connection that has no statement yet. */
export function observeFromStart(database: ObservableDatabase, observation: Observation): void {
  observers.observations.set(database, observation)
}

/** From now on there may be statements that were prepared before their connection was observed. */
export function observeLate(): void {
  observers.late = true
}

export function observesLate(): boolean {
  return observers.late
}

/** The observation of a connection that does something; a new one is offered to whoever observes connections. */
export function observationFor(database: ObservableDatabase): Observation | undefined {
  const known = observers.observations.get(database)
  if (known !== undefined || observers.observe === undefined || ignored.has(database)) return known
  const observation = started(database, observers.observe)
  if (observation === undefined) ignored.add(database)
  else observeFromStart(database, observation)
  return observation
}

/** Runs statements of goaltrace's own on a connection, without waiting for anybody's lock. */
export function runQuietly<T>(connection: Connection, run: () => T): T {
  const database = connection instanceof NodeSqliteConnection ? connection.database : connection
  const observation = observationOf(database as ObservableDatabase)
  return observation === undefined ? run() : observation.quietly(run)
}

/** Undefined where that fails, as by a configuration that was changed since: the agent's statement is not where to say it. */
function started(database: ObservableDatabase, observe: Observe): Observation | undefined {
  try {
    return observe(database)
  } catch (error) {
    warnOnce('observe', `a database is not observed: ${reason(error)}`)
    return undefined
  }
}

/** A connection that is opened again under the same object is another one. */
export function forgetObservation(database: ObservableDatabase): void {
  observers.observations.delete(database)
}

/** From now on every connection of a patched class is offered here at its first statement. */
export function observeConnections(observe: Observe | undefined): void {
  observers.observe = observe
}

/** goaltrace's own connections are nobody's business. */
export function ignoreConnection(connection: object): void {
  ignored.add(connection instanceof NodeSqliteConnection ? connection.database : connection)
}

/** Of a method, not of its class: better-sqlite3's are patched before they become its class's. */
export function isPatched(method: unknown): boolean {
  return typeof method === 'function' && PATCHED in method
}

/** Replaces a method where there is one, as the same property, so that a stack trace and `database.prepare.name` read as before. */
export function patchMethod<This extends object, Method extends (...args: never[]) => unknown>(
  methods: This,
  name: string | symbol,
  patch: (original: Method) => (this: This, ...args: Parameters<Method>) => ReturnType<Method>,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(methods, name)
  if (typeof descriptor?.value !== 'function' || isPatched(descriptor.value)) return
  const value = patchedFunction(descriptor.value as Method, patch)
  Object.defineProperty(methods, name, { ...descriptor, value })
}

/** What stands in for a function, under its name. */
export function patchedFunction<Original extends (...args: never[]) => unknown, Patched extends object>(
  original: Original,
  patch: (original: Original) => Patched,
): Patched {
  const value = patch(original)
  Object.defineProperty(value, PATCHED, { value: true })
  for (const told of ['name', 'length'] as const) Object.defineProperty(value, told, { value: original[told] })
  return value
}

/** The prototype that has a method first of all: that of the driver's class, whatever extends it. */
export function ownerOf<T extends object>(object: T, method: string): T {
  const above: T | null = Object.getPrototypeOf(object)
  return above !== null && method in above ? ownerOf(above, method) : object
}
