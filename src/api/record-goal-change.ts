import { resolve } from 'node:path'
import type { SpanContext } from '@opentelemetry/api'
import { reason, warnOnce } from '../base/diagnose.ts'
import { Caller } from '../capture/caller.ts'
import { relayOf } from '../delivery/relays.ts'
import { checkGoalChange, tellOfUnknown } from '../event/check-goal-change.ts'
import { checkGoalContext } from '../event/check-goal-context.ts'
import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import type { GoalContext } from '../event/goal-context.ts'
import { goalEvents } from '../event/goal-event.ts'
import { RecordedOutbox } from '../outbox/recorded-outbox.ts'
import type { Connection } from '../sqlite/connection.ts'
import { openByAny } from '../sqlite/drivers.ts'
import { ignoreConnection } from '../sqlite/observations.ts'
import { withGoalContext } from '../telemetry/goal-context.ts'
import { resourceAttributes } from '../telemetry/resource.ts'
import { capturesContent } from './observe-goals.ts'
import { checkOptions, type ObserveOptions } from './observe-options.ts'

export interface RecordOptions
  extends Pick<ObserveOptions, 'exporter' | 'resource' | 'captureObjective' | 'outboxLimit'> {
  /** A SQLite file of goaltrace's own, made where there is none, that keeps events until they have arrived. Default: they wait in memory, and what waits when the process ends is lost. */
  readonly outbox?: string | undefined
}

export const RECORD_OPTIONS: readonly (keyof RecordOptions)[] = [
  'exporter',
  'resource',
  'captureObjective',
  'outboxLimit',
  'outbox',
]

const IN_MEMORY = ':memory:'
/** Milliseconds to wait for another process that writes to the same outbox. */
const TIMEOUT = 100

const caller = new Caller(undefined)
const outboxes = new Map<string, RecordedOutbox>()

/**
 * Tells of a goal that changed, wherever it is kept: by the same rules, outbox and delivery as an observed table. Call it
 * once the change is committed. A fault of the outbox never reaches the caller; it is said on `diag`.
 * @param before The goal as it was; null where there was none.
 * @param after As it is now; null where it is gone.
 * @param options The exporter and the resource hold for all changes of an outbox, as the first call gives them.
 * @throws {TypeError} where a goal, or an option, is not told in a way that can be meant; {RangeError} where a number is out
 * of its range. Then nothing is recorded.
 */
export function recordGoalChange(
  before: GoalSnapshot | null,
  after: GoalSnapshot | null,
  context: GoalContext = {},
  options: RecordOptions = {},
): void {
  checkGoalChange('recordGoalChange: ', { before, after })
  if (typeof context !== 'object' || context === null) {
    throw new TypeError(`recordGoalChange: context: expected an object, got ${JSON.stringify(context)}`)
  }
  checkGoalContext('recordGoalChange: context.', context)
  checkOptions('recordGoalChange', options, RECORD_OPTIONS)
  tellOfUnknown('recordGoalChange: ', { before, after })
  if (process.env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return
  const startedAt = performance.now()
  withGoalContext(context, () => writeGoalChange({ before, after }, options, startedAt))
}

/**
 * Into the outbox, if any event tells it.
 * @param startedAt When the change began, as performance.now() tells it.
 * @param ownSpan The change's, where it has one already.
 */
export function writeGoalChange(
  change: GoalChange,
  options: RecordOptions,
  startedAt: number,
  ownSpan?: SpanContext,
): void {
  if (goalEvents(change).length === 0) return
  const context = caller.recorded(startedAt, ownSpan)
  try {
    outboxOf(options).write(change, context, options.captureObjective ?? capturesContent())
  } catch (error) {
    warnOnce(
      `record ${options.outbox}`,
      `changes of goals are not recorded in ${options.outbox ?? 'memory'}: ${reason(error)}`,
    )
  }
}

function outboxOf({ outbox: file, exporter, resource, outboxLimit }: RecordOptions): RecordedOutbox {
  const path = file === undefined ? IN_MEMORY : resolve(file)
  const known = outboxes.get(path)
  if (known) return known
  const database = new (openByAny())(path, { timeout: TIMEOUT }) as unknown as Connection
  ignoreConnection(database)
  database.exec('PRAGMA journal_mode = WAL')
  const outbox = new RecordedOutbox(
    database,
    resourceAttributes(resource),
    relayOf(database, { exporter, outboxLimit, orLocalhost: false }),
  )
  outboxes.set(path, outbox)
  return outbox
}
