import type { Outlet } from './capture/attachment.ts'
import { Caller } from './capture/caller.ts'
import { observationOf, patchDatabase, setObservation } from './capture/connection.ts'
import type { ObservableDatabase } from './capture/database.ts'
import { checkGoalTables, type GoalTable, THREAD_GOALS } from './capture/goal-table.ts'
import { Observation } from './capture/observation.ts'
import { configuredTables } from './config-file.ts'
import type { ThreadContext } from './event/goal-context.ts'
import { type RelaySettings, relayOf } from './relays.ts'
import type { GoalLogExporter } from './telemetry/goal-logs.ts'
import { type ResourceAttributes, resourceAttributes } from './telemetry/resource.ts'

export interface ObserveOptions {
  /** The tables that hold goals. Default: those of goaltrace.config.json, else Codex's `thread_goals`. */
  readonly tables?: readonly GoalTable[] | undefined
  /** Where log records go; a row leaves the outbox only when it reports success. Default: OTLP over HTTP, as OTEL_EXPORTER_OTLP_* says. Of several given for one file, the first counts. */
  readonly exporter?: GoalLogExporter | undefined
  /** Added to what OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES and the system say of the sender. */
  readonly resource?: ResourceAttributes | undefined
  /** What the agent knows of a thread; called at every change, so it has to be quick. */
  readonly threads?: ((threadId: string) => ThreadContext | undefined) | undefined
  /** Whether objectives are recorded, not just their lengths. Default: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT. */
  readonly captureObjective?: boolean | undefined
}

export interface GoalObservation {
  /** Delivers what waits now; rejects where the receiver does not take it, and the relay tries on. */
  flush(): Promise<void>
  /** Takes the triggers off; what waits in the outbox is still delivered. */
  close(): void
}

/**
 * Observes the goals that this better-sqlite3 connection changes from now on: each committed change becomes a span and
 * durable log records.
 * @throws {TypeError} where the database is none, or an option or goaltrace.config.json cannot be meant.
 */
export function observeGoals(database: ObservableDatabase, options: ObserveOptions = {}): GoalObservation {
  checkDatabase('observeGoals', database)
  if (process.env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return { flush: async () => {}, close: () => {} }
  const settings: RelaySettings = { exporter: options.exporter, orLocalhost: false }
  const observation = startObservation(database, options, () => relayOf(database, settings))
  return {
    flush: async () => {
      // The exporters keep no process alive; who waits for them wants just that.
      const alive = setInterval(() => {}, 1000)
      try {
        await relayOf(database, settings).drain()
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
  options: ObserveOptions,
  outlet: () => Outlet,
): Observation {
  const tables = options.tables ?? configuredTables()
  const observation = newObservation(database, { ...options, tables }, outlet)
  observationOf(database)?.close()
  setObservation(database, observation)
  patchDatabase(Object.getPrototypeOf(database))
  observation.attach()
  return observation
}

/** An observation that attaches when its connection first writes to a goal table. */
export function createObservation(
  database: ObservableDatabase,
  options: ObserveOptions,
  orLocalhost: boolean,
): Observation {
  const settings: RelaySettings = { exporter: options.exporter, orLocalhost }
  return newObservation(database, options, () => relayOf(database, settings))
}

function newObservation(database: ObservableDatabase, options: ObserveOptions, outlet: () => Outlet): Observation {
  const tables = options.tables ?? [THREAD_GOALS]
  checkGoalTables(tables)
  return new Observation(database, {
    tables,
    captureObjective: options.captureObjective ?? capturesContent(),
    resource: resourceAttributes(options.resource),
    caller: new Caller(options.threads),
    outlet,
  })
}

/** OpenTelemetry's own switch for what people say to a model. */
export function capturesContent(): boolean {
  return process.env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT?.toLowerCase() === 'true'
}

/** @throws {TypeError} naming the operation, where this is no better-sqlite3 database. */
export function checkDatabase(operation: string, database: unknown): void {
  const { prepare, exec, function: define } = (database ?? {}) as Partial<ObservableDatabase>
  if ([prepare, exec, define].every((method) => typeof method === 'function')) return
  throw new TypeError(
    `${operation}: expected a better-sqlite3 database, got ${database === null ? 'null' : typeof database}`,
  )
}
