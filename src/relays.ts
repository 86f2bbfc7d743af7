import { existsSync } from 'node:fs'
import { ignoreConnection, ownerOf } from './capture/observers.ts'
import { AcknowledgementFile } from './outbox/acknowledgement.ts'
import { ConnectionOutbox } from './outbox/connection-outbox.ts'
import { DrainLock } from './outbox/drain-lock.ts'
import { flushAtExit } from './outbox/exit.ts'
import { flushAtNaturalEnd } from './outbox/natural-end.ts'
import type { Outbox } from './outbox/outbox.ts'
import { type OpenDatabase, outboxOfFile, realPath } from './outbox/outbox-file.ts'
import { OutboxHealth } from './outbox/outbox-health.ts'
import { Relay } from './outbox/relay.ts'
import { noteForRun } from './run-notes.ts'
import type { Connection } from './sqlite/connection.ts'
import { NodeSqliteConnection, openNodeSqlite } from './sqlite/node-sqlite.ts'
import { GoalDelivery } from './telemetry/goal-delivery.ts'
import { findProviders, followsEnvironment, type ProviderOptions } from './telemetry/providers.ts'

export interface RelaySettings extends ProviderOptions {
  /** See overflow.ts. */
  readonly outboxLimit?: number | undefined
  /** Whether the outbox goes with its connection, though that has a file. */
  readonly memory?: boolean
}

/** The specification's defaults (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-logrecord-processor). */
const DEFAULT_DELAY_MS = 1000
const DEFAULT_BATCH_SIZE = 512
const DEFAULT_LIMIT = 1_000_000

const ofFile = new Map<string, { relay: Relay; connections: Set<Connection> }>()
const ofMemory = new WeakMap<Connection, Relay>()

/** The relay of a connection's file, one for all connections to it in this process; a database in memory has its own. */
export function relayOf(database: Connection, settings: RelaySettings): Relay {
  if (settings.memory || isMemory(database)) {
    const relay = ofMemory.get(database) ?? connectionRelay(database, settings)
    ofMemory.set(database, relay)
    return relay
  }
  const path = realPath(fileOf(database))
  let known = ofFile.get(path)
  if (!known) {
    const connections = new Set<Connection>()
    const relay = fileRelay(path, ownConnections(database), settings, () => {
      for (const connection of connections) if (!connection.open) connections.delete(connection)
      return [...connections].some(({ inTransaction }) => inTransaction)
    })
    known = { relay, connections }
    ofFile.set(path, known)
    // What the agent gives as an object, an exporter or a LoggerProvider, is this thread's, which cannot wait at an exit.
    const driver = isNodeSqlite(database) ? 'node:sqlite' : 'better-sqlite3'
    const { orLocalhost } = settings
    flushAtExit(path, { relay, orLocalhost, driver, portable: () => followsEnvironment(settings) })
  }
  known.connections.add(database)
  return known.relay
}

export function fileRelay(path: string, open: OpenDatabase, settings: RelaySettings, uncommitted = () => false): Relay {
  const outbox = outboxOfFile(path, open)
  const acknowledgements = () => new AcknowledgementFile(path, open)
  const health = new OutboxHealth(outbox, acknowledgements, path)
  return new Relay({
    ...optionsOf(settings),
    name: path,
    outbox,
    lock: new DrainLock(path, open),
    acknowledgements,
    delivery: deliveryOnce(settings, health, path),
    health,
    uncommitted,
  })
}

function connectionRelay(database: Connection, settings: RelaySettings): Relay {
  const place = new ConnectionOutbox(database, ownConnections(database))
  const { outbox, acknowledgements } = place
  const health = new OutboxHealth(outbox, () => acknowledgements, undefined)
  const relay = new Relay({
    ...optionsOf(settings),
    name: database.name,
    outbox,
    lock: { tryAcquire: () => !database.open || !database.inTransaction, release: () => {} },
    acknowledgements: () => acknowledgements,
    delivery: deliveryOnce(settings, health, database.name),
    health,
    uncommitted: () => database.open && database.inTransaction,
    keep: () => place.keep(),
  })
  flushAtNaturalEnd(relay)
  return relay
}

export function outboxOf(database: Connection): Outbox {
  if (!isMemory(database)) return outboxOfFile(realPath(fileOf(database)), ownConnections(database))
  return new ConnectionOutbox(database).outbox
}

function isMemory(database: Connection): boolean {
  return database.memory || !existsSync(fileOf(database))
}

/** What SQLite has opened: the connection's name may be a URI or a file descriptor. Empty for a database without file. */
function fileOf(database: Connection): string {
  if (!database.open) return database.name
  const databases = database.prepare('PRAGMA database_list').all() as { name: string; file: string }[]
  return databases.find(({ name }) => name === 'main')?.file ?? ''
}

/** Providers are looked for once, when there is first something to deliver; until that succeeds, every time. */
function deliveryOnce(settings: RelaySettings, health: OutboxHealth, name: string): () => Promise<GoalDelivery> {
  let delivery: GoalDelivery | undefined
  return async () => {
    if (delivery) return delivery
    const providers = await findProviders(settings)
    noteForRun({ kind: 'sends', file: name, to: providers.to })
    delivery ??= new GoalDelivery(providers, health)
    return delivery
  }
}

/**
 * The agent's own driver, so that no second one is loaded, opened unobserved. The driver's class, not one of the agent's
 * that extends it, which may open what it likes.
 */
function ownConnections(database: Connection): OpenDatabase {
  const driver = () => ownerOf(database, 'prepare').constructor as OpenDatabase
  const Database = isNodeSqlite(database) ? openNodeSqlite : driver()
  return class {
    constructor(file: string, options: ConstructorParameters<OpenDatabase>[1]) {
      const own = new Database(file, options)
      ignoreConnection(own)
      // biome-ignore lint/correctness/noConstructorReturn: the connection itself is wanted
      return own
    }
  } as unknown as OpenDatabase
}

function isNodeSqlite(database: Connection): boolean {
  return database instanceof NodeSqliteConnection
}

function optionsOf({ outboxLimit = DEFAULT_LIMIT }: RelaySettings): {
  delayMs: number
  batchSize: number
  limit: number
} {
  return {
    limit: outboxLimit,
    delayMs: positive('OTEL_BLRP_SCHEDULE_DELAY') ?? DEFAULT_DELAY_MS,
    batchSize: positive('OTEL_BLRP_MAX_EXPORT_BATCH_SIZE') ?? DEFAULT_BATCH_SIZE,
  }
}

function positive(name: string): number | undefined {
  const value = Number(process.env[name])
  return value > 0 ? Math.floor(value) : undefined
}
