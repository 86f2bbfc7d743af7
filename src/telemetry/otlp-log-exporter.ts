import { warnOnce } from '../base/diagnose.ts'
import { noteForRun } from '../base/run-notes.ts'
import { NO_OTLP, REJECTED } from './delivery-fault.ts'
import type { GoalLogRecord } from './goal-logs.ts'
import { jsonLogs } from './json-logs.ts'
import type { OtlpConfiguration } from './otlp-configuration.ts'
import { OtlpExporter, type PartialSuccess } from './otlp-exporter.ts'
import { serializersOf } from './otlp-serializers.ts'
import { protobufLogs } from './protobuf-logs.ts'

/** How a web page begins; a receiver's own words are left to it, as OTLP's exporters do. */
const PAGE = /^\s*<(?:!doctype|html)\b/i

/**
 * A status 200 is a success to OTLP's own exporter, whatever the answer is; the outbox would then delete what nobody has. A
 * web server that has a page for every address, as those of Jaeger and Grafana do, has taken nothing. Nor has a receiver that
 * rejects all of a batch by OTLP's partial success (https://opentelemetry.io/docs/specs/otlp/#partial-success-1); one that
 * rejects some does not say which, and that is logged.
 */
export class OtlpLogExporter extends OtlpExporter<readonly GoalLogRecord[]> {
  constructor(configuration: OtlpConfiguration) {
    super(configuration, serializersOf(jsonLogs, protobufLogs))
  }

  protected override read(bytes: Uint8Array, records: readonly GoalLogRecord[]): Error | undefined {
    if (PAGE.test(new TextDecoder().decode(bytes.subarray(0, 100)))) {
      const why = 'it answers 200 with a web page, and no OTLP; name the receiver itself by OTEL_EXPORTER_OTLP_ENDPOINT'
      return Object.assign(new Error(why), { name: NO_OTLP })
    }
    return rejection(this.partialSuccess(bytes), records.length)
  }
}

/** That all of a batch was rejected, by which LogSender finds the bad ones; what is rejected of others is logged and lost. */
function rejection({ rejectedLogRecords, errorMessage }: PartialSuccess = {}, sent: number): Error | undefined {
  const rejected = Number(rejectedLogRecords ?? 0)
  if (!(rejected > 0) && !errorMessage) return undefined
  const why = errorMessage || 'it does not say why'
  if (rejected >= sent && sent > 0) return Object.assign(new Error(`rejected: ${why}`), { name: REJECTED })
  noteForRun({ kind: 'rejected', records: rejected, of: sent, why, at: Date.now() })
  warnOnce(
    `partial ${why}`,
    `the receiver has rejected ${rejected} of ${sent} log records, and does not say which: ${why}`,
  )
  return undefined
}
