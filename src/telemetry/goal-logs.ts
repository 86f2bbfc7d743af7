import type { HrTime, SpanContext } from '@opentelemetry/api'
import { VERSION } from '../base/version.ts'
import type { GoalAttributes } from '../event/log-record.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'

/** A `LogRecordExporter` of either line of OpenTelemetry JS; structural, so that neither is a dependency. */
export interface GoalLogExporter {
  /** Calls `done` once: with code 0 when the receiver has accepted the records, else with code 1 and why. Records are `GoalLogRecord`s. */
  // biome-ignore lint/suspicious/noExplicitAny: the two lines' record types differ in what goaltrace does not set
  export(records: any[], done: (result: { code: number; error?: Error }) => void): void
  shutdown?(): Promise<void>
}

/** What an exporter reads of a record: `ReadableLogRecord`. */
export interface GoalLogRecord {
  /** When the change was made: seconds since 1970, and nanoseconds. */
  readonly hrTime: HrTime
  readonly hrTimeObserved: HrTime
  /** Of the change's span. */
  readonly spanContext: SpanContext | undefined
  readonly severityNumber: number
  readonly eventName: string
  readonly attributes: GoalAttributes
  readonly resource: LogResource
  readonly instrumentationScope: typeof SCOPE
  readonly droppedAttributesCount: number
}

/** Exporters group by identity: one object for all records. */
export const SCOPE = {
  name: 'goaltrace',
  version: VERSION,
  schemaUrl: 'https://opentelemetry.io/schemas/1.44.0',
}

/** SeverityNumber.INFO (https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber). */
export const INFO = 9

/** A finished resource, as an exporter sees it: nothing pending, nothing to merge. */
export interface LogResource {
  readonly attributes: ResourceAttributes
  readonly asyncAttributesPending: false
  merge(): LogResource
  getRawAttributes(): [string, string | number | boolean][]
}

export function logResource(attributes: ResourceAttributes): LogResource {
  const resource: LogResource = {
    attributes,
    asyncAttributesPending: false,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  }
  return resource
}
