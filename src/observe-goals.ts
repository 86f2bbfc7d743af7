import type { Outlet } from './capture/attachment.ts'
import { Caller } from './capture/caller.ts'
import { connectionOf, isNodeSqlite, type ObservableDatabase } from './capture/database.ts'
import { patchBetterSqlite3 } from './capture/drivers/better-sqlite3.ts'
import { patchClassOf } from './capture/drivers/node-sqlite.ts'
import { checkGoalTables, type GoalTable, THREAD_GOALS } from './capture/goal-table.ts'
import { Observation } from './capture/observation.ts'
import { observationOf, ownerOf, setObservation } from './capture/observers.ts'
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
 * Observes the goals that this connection of better-sqlite3 or node:sqlite changes from now on: each committed change
 * becomes a span and durable log records.
 * @throws {TypeError} where the database is none, or an option or goaltrace.config.json cannot be meant.
 */
export function observeGoals(database: ObservableDatabase, options: ObserveOptions = {}): GoalObservation {
  checkDatabase('observeGoals', database)
  if (process.env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return { flush: async () => {}, close: () => {} }
  const connection = connectionOf(database)
  const settings: RelaySettings = { exporter: options.exporter, orLocalhost: false }
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
  options: ObserveOptions,
  outlet: () => Outlet,
): Observation {
  const tables = options.tables ?? configuredTables()
  const observation = newObservation(database, { ...options, tables }, outlet)
  observationOf(database)?.close()
  setObservation(database, observation)
  if (isNodeSqlite(database)) patchClassOf(database)
  else patchBetterSqlite3(ownerOf(database, 'prepare'))
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
  return newObservation(database, options, () => relayOf(connectionOf(database), settings))
}

function newObservation(database: ObservableDatabase, options: ObserveOptions, outlet: () => Outlet): Observation {
  const tables = options.tables ?? [THREAD_GOALS]
  checkGoalTables(tables)
  return new Observation(connectionOf(database), {
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

/** @throws {TypeError} naming the operation, where this is no database that can be observed. */
export function checkDatabase(operation: string, database: unknown): asserts database is ObservableDatabase {
  const { prepare, exec, function: define, isTransaction, inTransaction } = (database ?? {}) as Record<string, unknown>
  const methods = [prepare, exec, define].every((method) => typeof method === 'function')
  if (methods && (isTransaction !== undefined || inTransaction !== undefined)) return
  const expected = 'expected a database of better-sqlite3, or a DatabaseSync of node:sqlite in Node 22.16, 24 or newer'
  throw new TypeError(`${operation}: ${expected}, got ${database === null ? 'null' : typeof database}`)
}
