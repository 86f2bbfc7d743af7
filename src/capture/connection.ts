import type { ObservableDatabase, ObservableStatement } from './database.ts'
import type { Observation } from './observation.ts'

/** What is asked of a class's prototype, or of the exports of better-sqlite3/lib/methods/wrappers.js, which become it. */
export interface DatabaseMethods {
  prepare(this: ObservableDatabase, sql: string): ObservableStatement
  exec(this: ObservableDatabase, sql: string): unknown
  close(this: ObservableDatabase): unknown
}

type Observe = (database: ObservableDatabase) => Observation | undefined

interface Observers {
  readonly observations: WeakMap<ObservableDatabase, Observation>
  /** Asked for each connection that is new to it. */
  observe: Observe | undefined
}

// One a process, so that two copies of goaltrace (ESM and CommonJS, or the one bundled into `register`) patch once.
const OBSERVERS = Symbol.for('goaltrace.observers')
const PATCHED = Symbol.for('goaltrace.patched')
const registry = globalThis as { [OBSERVERS]?: Observers }
registry[OBSERVERS] ??= { observations: new WeakMap(), observe: undefined }
const observers = registry[OBSERVERS]

const ignored = new WeakSet<ObservableDatabase>()

export function observationOf(database: ObservableDatabase): Observation | undefined {
  return observers.observations.get(database)
}

export function setObservation(database: ObservableDatabase, observation: Observation): void {
  observers.observations.set(database, observation)
}

/** From now on every connection of a patched class is offered here at its first statement. */
export function observeConnections(observe: Observe | undefined): void {
  observers.observe = observe
}

/** goaltrace's own connections are nobody's business. */
export function ignoreConnection(database: ObservableDatabase): void {
  ignored.add(database)
}

/** Statements and texts of connections without observation pass through at the cost of one look-up. */
export function patchDatabase(methods: DatabaseMethods & { [PATCHED]?: true }): void {
  if (methods[PATCHED]) return
  Object.defineProperty(methods, PATCHED, { value: true })
  const { prepare, exec, close } = methods
  // Named functions, so that a stack trace and `database.prepare.name` read as before.
  methods.prepare = function prepare_(sql: string) {
    const observation = observationFor(this)
    if (observation === undefined) return prepare.call(this, sql)
    const statement = observation.prepare(sql, () => prepare.call(this, sql))
    patchStatement(Object.getPrototypeOf(statement))
    return statement
  }
  methods.exec = function exec_(sql: string) {
    const observation = observationFor(this)
    return observation === undefined ? exec.call(this, sql) : observation.exec(sql, () => exec.call(this, sql))
  }
  methods.close = function close_() {
    observers.observations.get(this)?.close()
    return close.call(this)
  }
  for (const name of ['prepare', 'exec', 'close'] as const)
    Object.defineProperty(methods[name], 'name', { value: name })
}

function observationFor(database: ObservableDatabase): Observation | undefined {
  const known = observers.observations.get(database)
  if (known !== undefined || observers.observe === undefined || ignored.has(database)) return known
  const observation = observers.observe(database)
  if (observation === undefined) ignored.add(database)
  else observers.observations.set(database, observation)
  return observation
}

/** How database.pragma() begins its statements, which all claim to give rows. What gives none may change a setting. */
const PRAGMA = 'PRAGMA '

function patchStatement(methods: ObservableStatement & { [PATCHED]?: true }): void {
  if (methods[PATCHED]) return
  Object.defineProperty(methods, PATCHED, { value: true })
  for (const name of ['run', 'get', 'all'] as const) {
    const original = methods[name] as (...args: unknown[]) => never
    methods[name] = function (this: ObservableStatement, ...args: unknown[]) {
      if (this.readonly && this.reader && !this.source.startsWith(PRAGMA)) return original.apply(this, args)
      const observation = observers.observations.get(this.database)
      return observation === undefined ? original.apply(this, args) : observation.write(this, original, args)
    }
    Object.defineProperty(methods[name], 'name', { value: name })
  }
  const { iterate } = methods
  methods.iterate = function (this: ObservableStatement, ...args: unknown[]) {
    const start = () => iterate.apply(this, args)
    const observation = this.readonly ? undefined : observers.observations.get(this.database)
    return observation === undefined ? start() : observation.iterate(this, start)
  }
  Object.defineProperty(methods.iterate, 'name', { value: 'iterate' })
}
