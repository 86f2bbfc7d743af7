import { NAME, type Rule } from '../base/rules.ts'
import { OBSERVE_OPTIONS, type ObserveOptions } from './observe-options.ts'

export interface RecordOptions
  extends Pick<ObserveOptions, 'exporter' | 'resource' | 'captureObjective' | 'maxOutboxRows' | 'outboxLimit'> {
  /** A SQLite file for goaltrace alone, created where there is none, that keeps events until they are delivered. Default: they are pending in memory, and lost where the process ends before they are delivered. */
  readonly outbox?: string | undefined
}

const { exporter, resource, captureObjective, maxOutboxRows } = OBSERVE_OPTIONS

export const RECORD_OPTIONS: Readonly<Record<Exclude<keyof RecordOptions, 'outboxLimit'>, Rule>> = {
  exporter,
  resource,
  captureObjective,
  maxOutboxRows,
  outbox: { ...NAME, expected: 'the path of a file' },
}
