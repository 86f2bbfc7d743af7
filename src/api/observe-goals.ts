import { isDisabled } from '../base/environment.ts'
import { ChangeRecorder } from '../capture/change-recorder.ts'
import { lookNow, lookSoon } from '../capture/lookout.ts'
import { Observation } from '../capture/observation.ts'
import { armExit } from '../delivery/flush-at-exit.ts'
import { type RelaySettings, relayOf } from '../delivery/relays.ts'
import type { RelayHandle } from '../outbox/relay-handle.ts'
import { connectionOf, driverOf, OBSERVABLE, type ObservableDatabase } from '../sqlite/drivers.ts'
import { observationOf, setObservation } from '../sqlite/observations.ts'
import type { OwnProviders } from '../telemetry/own-providers.ts'
import { resourceAttributes } from '../telemetry/resource.ts'
import {
  capturesObjective,
  checkedOptions,
  type KnownOptions,
  OBSERVE_OPTIONS,
  type ObserveOptions,
  withConfiguration,
} from './observe-options.ts'

export interface GoalObservation {
  /** Delivers what is pending now. Rejects if the receiver does not accept it; the relay then keeps trying. */
  flush(): Promise<void>
  /** Removes the triggers; what is pending in the outbox is still delivered. */
  close(): void
}

/**
 * Observes the goals that this SQLite connection changes from now on: each committed change becomes a span and durable log
 * records.
 * @throws {TypeError} where `database` is not a connection of a known driver or is closed, or where an option or goaltrace.config.json is
 * not valid; {RangeError} where a number is out of its range.
 */
export function observeGoals(database: ObservableDatabase, options: ObserveOptions = {}): GoalObservation {
  checkDatabase('observeGoals', database)
  const given = checkedOptions('observeGoals', options, OBSERVE_OPTIONS)
  if (isDisabled(process.env)) return { flush: async () => {}, close: () => {} }
  const known = withConfiguration(given)
  return observeConnection(database, known, settingsOf(known))
}

/** Observes a connection from now on; the caller flushes and closes. */
export function observeConnection(
  database: ObservableDatabase,
  options: KnownOptions,
  settings: RelaySettings,
): GoalObservation {
  const connection = connectionOf(database)
  const observation = startObservation(database, options, () => relayOf(connection, settings))
  return {
    flush: async () => {
      // The exporters keep no process alive; who waits for them wants just that.
      const alive = setInterval(() => {}, 1000)
      try {
        await relayOf(connection, settings).drain()
      } finally {
        clearInterval(alive)
      }
    },
    close: () => observation.close(),
  }
}

/** Observes a connection from now on, in place of whatever observed it before. */
export function startObservation(
  database: ObservableDatabase,
  options: KnownOptions,
  relay: () => RelayHandle,
): Observation {
  const observation = newObservation(database, options, relay)
  observationOf(database)?.close()
  setObservation(database, observation)
  driverOf(database)?.patchClassOf(database)
  observation.attach()
  lookSoon(observation)
  armExit(lookNow)
  return observation
}

/** An observation that attaches when its connection first writes to a goal table. */
export function createObservation(
  database: ObservableDatabase,
  options: KnownOptions,
  settings: RelaySettings,
): Observation {
  const observation = newObservation(database, options, () => relayOf(connectionOf(database), settings))
  lookSoon(observation)
  armExit(lookNow)
  return observation
}

export function settingsOf(
  { exporter, maxOutboxRows, durability }: KnownOptions,
  defaultToLocalhost = false,
  given?: OwnProviders,
): RelaySettings {
  return {
    exporter,
    maxOutboxRows,
    defaultToLocalhost,
    given,
    memory: durability === 'memory',
  }
}

function newObservation(database: ObservableDatabase, options: KnownOptions, relay: () => RelayHandle): Observation {
  return new Observation(connectionOf(database), {
    tables: options.tables,
    unmapped: options.unmapped,
    captureObjective: capturesObjective(options),
    memory: options.durability === 'memory',
    resource: resourceAttributes(options.resource),
    recorder: new ChangeRecorder(options.resolveThread),
    relay,
  })
}

/** @throws {TypeError} naming the operation, where this is not an open database that can be observed. */
export function checkDatabase(operation: string, database: unknown): asserts database is ObservableDatabase {
  const isObject = typeof database === 'object' && database !== null
  if (!isObject || driverOf(database) === undefined) {
    const got = database === null ? 'null' : typeof database
    throw new TypeError(`${operation}: expected ${OBSERVABLE}, got ${got}`)
  }
  if (!connectionOf(database as ObservableDatabase).open) {
    throw new TypeError(`${operation}: expected an open database, got a closed one`)
  }
}
