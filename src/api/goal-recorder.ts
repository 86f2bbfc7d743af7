import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { SpanContext } from '@opentelemetry/api'
import { reason, warnOnce } from '../base/diagnose.ts'
import { ChangeRecorder } from '../capture/change-recorder.ts'
import { lookNow, lookSoon } from '../capture/lookout.ts'
import { armExit } from '../delivery/flush-at-exit.ts'
import { relayOf } from '../delivery/relays.ts'
import type { GoalChange } from '../event/goal-change.ts'
import { goalEvents } from '../event/goal-event.ts'
import { OUTBOX } from '../outbox/outbox-table.ts'
import { RecordedOutbox } from '../outbox/recorded-outbox.ts'
import type { Connection } from '../sqlite/connection.ts'
import { openByAny } from '../sqlite/drivers.ts'
import { hasTable } from '../sqlite/has-table.ts'
import { ignoreConnection } from '../sqlite/observations.ts'
import type { OwnDatabase } from '../sqlite/open-database.ts'
import { resourceAttributes } from '../telemetry/resource.ts'
import { capturesObjective } from './observe-options.ts'
import type { RecordOptions } from './record-options.ts'

const IN_MEMORY = ':memory:'
/** Milliseconds to wait for another process that writes to the same outbox. */
const TIMEOUT = 100

const recorder = new ChangeRecorder(undefined)
const outboxes = new Map<string, RecordedOutbox>()
/** Outboxes that were looked for, by their paths. */
const looked = new Set<string>()

/**
 * Writes a change that was checked into its outbox, if it makes an event.
 * @param startedAt When the change began, on the clock of performance.now().
 * @param span The change's own span, where it has one already.
 */
export function writeGoalChange(
  change: GoalChange,
  options: RecordOptions,
  startedAt: number,
  span?: SpanContext,
): void {
  if (goalEvents(change).length === 0) {
    lookForPending(options)
    return
  }
  const context = recorder.recorded(startedAt, span)
  try {
    outboxOf(options).write(change, context, capturesObjective(options))
  } catch (error) {
    warnOnce(
      `record ${options.outbox}`,
      `changes of goals are not recorded in ${options.outbox ?? 'memory'}: ${reason(error)}`,
    )
  }
}

/**
 * Delivers soon what an earlier process has left in the outbox, as this one may have no change to record. No start waits for it: nothing
 * is opened before the agent has done its first steps, and then only a file that is there.
 */
export function lookForPending(options: RecordOptions): void {
  const { outbox: file } = options
  if (file === undefined) return
  const path = resolve(file)
  if (outboxes.has(path) || looked.has(path)) return
  looked.add(path)
  lookSoon({
    lookForPending() {
      try {
        if (existsSync(path)) takeUp(path, options)
      } catch (error) {
        warnOnce(`look ${path}`, `what an earlier process has left in ${path} is not delivered: ${reason(error)}`)
      }
      return true
    },
  })
  armExit(lookNow)
}

/** A file in which no process has recorded yet stays as it is. */
function takeUp(path: string, options: RecordOptions): void {
  if (outboxes.has(path)) return
  const database = opened(path)
  try {
    if (hasTable(database, OUTBOX)) become(path, database, options)
  } finally {
    if (!outboxes.has(path)) database.close()
  }
}

function outboxOf(options: RecordOptions): RecordedOutbox {
  const path = options.outbox === undefined ? IN_MEMORY : resolve(options.outbox)
  return outboxes.get(path) ?? become(path, opened(path), options)
}

function opened(path: string): Connection & Pick<OwnDatabase, 'close'> {
  const database = new (openByAny())(path, { timeout: TIMEOUT }) as unknown as Connection & OwnDatabase
  ignoreConnection(database)
  return database
}

function become(
  path: string,
  database: Connection,
  { exporter, resource, maxOutboxRows }: RecordOptions,
): RecordedOutbox {
  database.exec('PRAGMA journal_mode = WAL')
  const outbox = new RecordedOutbox(
    database,
    resourceAttributes(resource),
    relayOf(database, { exporter, maxOutboxRows, defaultToLocalhost: false }),
  )
  outboxes.set(path, outbox)
  return outbox
}
