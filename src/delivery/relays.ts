import { existsSync } from 'node:fs'
import { numberOf } from '../base/environment.ts'
import { realPath } from '../base/real-path.ts'
import { isRemoved } from '../base/removed-file.ts'
import { noteForRun } from '../base/run-notes.ts'
import { AgentConnections } from '../outbox/agent-connections.ts'
import { NOTHING_DELIVERED } from '../outbox/checkpoint.ts'
import { CheckpointFile, recallCheckpoint } from '../outbox/checkpoint-file.ts'
import { ConnectionOutbox } from '../outbox/connection-outbox.ts'
import { DrainLock } from '../outbox/drain-lock.ts'
import { Outbox } from '../outbox/outbox.ts'
import { hasStateFile, outboxOfFile } from '../outbox/outbox-file.ts'
import { OutboxHealth } from '../outbox/outbox-health.ts'
import { storeCheckpoint } from '../outbox/outbox-state.ts'
import { keepChangeCount } from '../sqlite/change-count.ts'
import type { Connection } from '../sqlite/connection.ts'
import { isOpenedByPath, openByAny, openBySame } from '../sqlite/drivers.ts'
import { runQuietly } from '../sqlite/observations.ts'
import type { OpenDatabase } from '../sqlite/open-database.ts'
import type { GoalLogExporter } from '../telemetry/goal-logs.ts'
import { sendsKeptSpans } from '../telemetry/goal-trace.ts'
import { findProviders, followsEnvironment, type ProviderOptions } from '../telemetry/providers.ts'
import { batchSizeOf } from './batch-size.ts'
import { DrainQueue } from './drain-queue.ts'
import { flushAtExit } from './flush-at-exit.ts'
import { flushBeforeExit } from './flush-before-exit.ts'
import { GoalDelivery } from './goal-delivery.ts'
import { Relay } from './relay.ts'

export interface RelaySettings extends ProviderOptions {
  /** See outbox/outbox-compaction.ts. */
  readonly maxOutboxRows?: number | undefined
  /** Whether the outbox lives only as long as the connection, even for a file database. */
  readonly memory?: boolean
}

/** The specification's default (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-logrecord-processor). */
const DEFAULT_DELAY_MS = 1000
/** A change that is not committed yet is looked for again after the delay, which must not be all that the agent does. */
const LEAST_DELAY_MS = 10
const DEFAULT_LIMIT = 1_000_000

const ofFile = new Map<string, { relay: Relay; connections: AgentConnections }>()
const ofMemory = new WeakMap<Connection, Relay>()

/** The relay of a connection's file, one for all connections to it in this process; a database in memory has its own. */
export function relayOf(database: Connection, settings: RelaySettings): Relay {
  const file = settings.memory ? undefined : existingFile(database)
  if (file === undefined) {
    const relay = ofMemory.get(database) ?? connectionRelay(database, settings)
    ofMemory.set(database, relay)
    return relay
  }
  const path = realPath(file)
  const known = ofFile.get(path) ?? agentRelay(path, database, settings)
  known.connections.add(database)
  return known.relay
}

/** The relay of a file that the agent has open. */
function agentRelay(path: string, database: Connection, settings: RelaySettings) {
  const connections = connectionsTo(path, database)
  const open = openOwn(database)
  const relay = new Relay({
    ...fileOptions(path, open, settings, new Outbox((read) => connections.read(read))),
    uncommitted: () => connections.inTransaction,
    isGone: () => connections.isGone,
    keep: (seq) => connections.keep(seq),
    store: (checkpoint) => {
      const openGoals = new CheckpointFile(path, open).openGoalsAt(checkpoint)
      connections.write((connection) =>
        keepChangeCount(connection, () => storeCheckpoint(connection, checkpoint, openGoals)),
      )
    },
  })
  const known = { relay, connections }
  // First, since V8 may end this at any call: once in `ofFile`, the relay would never be registered for the exit.
  deliverAtEnd(relay, path, settings)
  ofFile.set(path, known)
  return known
}

/** The relay of a file that this process does not have open. */
export function fileRelay(path: string, open: OpenDatabase, settings: RelaySettings): Relay {
  return new Relay({
    ...fileOptions(path, open, settings, outboxOfFile(path, open)),
    uncommitted: () => false,
    isGone: () => isRemoved(path),
    keep() {},
  })
}

function fileOptions(path: string, open: OpenDatabase, settings: RelaySettings, outbox: Outbox) {
  const checkpoints = () => new CheckpointFile(path, open)
  const health = new OutboxHealth(outbox, checkpoints, path)
  return {
    ...optionsOf(settings),
    name: path,
    outbox,
    lock: new DrainLock(path, open),
    checkpoints,
    recall: () => recallCheckpoint(path, open),
    delivery: deliveryOnce(settings, health, path),
    keepsSpans: () => sendsKeptSpans(process.env) && hasStateFile(path, 'spans'),
    health,
    queue: queueOf(settings),
  }
}

function connectionRelay(database: Connection, settings: RelaySettings): Relay {
  const place = new ConnectionOutbox(database, openOwn(database))
  const { outbox, checkpoints } = place
  const health = new OutboxHealth(outbox, () => checkpoints, undefined)
  const relay = new Relay({
    ...optionsOf(settings),
    name: database.name,
    outbox,
    lock: { tryAcquire: () => !database.open || !database.inTransaction, release: () => {} },
    checkpoints: () => checkpoints,
    recall: () => NOTHING_DELIVERED,
    delivery: deliveryOnce(settings, health, database.name),
    keepsSpans: () => false,
    health,
    queue: queueOf(settings),
    uncommitted: () => database.open && database.inTransaction,
    isGone: () => false,
    keep: () => place.keep(),
  })
  deliverAtEnd(relay, undefined, settings)
  return relay
}

/**
 * An exporter or a LoggerProvider that the agent passes as an object belongs to this thread, so the exit thread cannot
 * use it.
 */
function deliverAtEnd(relay: Relay, file: string | undefined, settings: RelaySettings): void {
  const portable = () => followsEnvironment(settings)
  flushAtExit({ relay, file, defaultToLocalhost: settings.defaultToLocalhost, portable })
  flushBeforeExit(relay, portable)
}

export function outboxOf(database: Connection): Outbox {
  const file = existingFile(database)
  if (file === undefined) return new ConnectionOutbox(database).outbox
  const connections = connectionsTo(realPath(file), database)
  connections.add(database)
  return new Outbox((read) => connections.read(read))
}

function connectionsTo(file: string, database: Connection): AgentConnections {
  return new AgentConnections({
    file,
    open: openBySame(database),
    beside: isOpenedByPath(database),
    openCopy: openOwn(database),
    quietly: runQuietly,
  })
}

/** For goaltrace's own files and for databases in memory: the agent's SQLite, where it can be reached. */
function openOwn(database: Connection): OpenDatabase {
  return openBySame(database) ?? openByAny()
}

/** Undefined where the database is in memory. */
function existingFile(database: Connection): string | undefined {
  if (database.memory) return undefined
  const file = fileOf(database)
  return existsSync(file) ? file : undefined
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
    delivery ??= new GoalDelivery(providers, health, name, () => queueOf(settings).gathered())
    return delivery
  }
}

function optionsOf({ maxOutboxRows = DEFAULT_LIMIT }: RelaySettings): {
  delayMs: number
  batchSize: number
  limit: number
} {
  return {
    limit: maxOutboxRows,
    delayMs: Math.max(LEAST_DELAY_MS, numberOf(process.env, 'OTEL_BLRP_SCHEDULE_DELAY') ?? DEFAULT_DELAY_MS),
    batchSize: batchSizeOf(),
  }
}

const queues = new WeakMap<object, DrainQueue>()
const ENVIRONMENT = {}

/** One for all outboxes that go to the same exporter. */
function queueOf({ exporter = ENVIRONMENT as GoalLogExporter }: RelaySettings): DrainQueue {
  const queue = queues.get(exporter) ?? new DrainQueue()
  queues.set(exporter, queue)
  return queue
}
