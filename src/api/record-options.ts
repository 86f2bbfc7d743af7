import type { ObserveOptions } from './observe-options.ts'

export interface RecordOptions
  extends Pick<ObserveOptions, 'exporter' | 'resource' | 'captureObjective' | 'outboxLimit'> {
  /** A SQLite file for goaltrace alone, created where there is none, that keeps events until they are delivered. Default: they are pending in memory, and lost where the process ends before they are delivered. */
  readonly outbox?: string | undefined
}

export const RECORD_OPTIONS: readonly (keyof RecordOptions)[] = [
  'exporter',
  'resource',
  'captureObjective',
  'outboxLimit',
  'outbox',
]
