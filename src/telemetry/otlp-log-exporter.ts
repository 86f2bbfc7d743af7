import { createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http'
import { JsonLogsSerializer, LogsExporterMetricsHelper } from '@opentelemetry/otlp-transformer'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { warnOnce } from '../base/diagnose.ts'
import { REJECTED } from '../delivery/log-sender.ts'
import type { GoalLogExporter } from './goal-logs.ts'
import type { OtlpConfiguration } from './otlp-configuration.ts'

/** How a web page begins; a receiver's own words are left to it, as OTLP's exporters do. */
const PAGE = /^\s*<(?:!doctype|html)\b/i

/**
 * What @opentelemetry/exporter-logs-otlp-http is, but for what is said with a 200, which to the exporter is a success
 * whatever it is; the outbox would then delete what nobody has. A web server that has a page for every address, as those
 * of Jaeger and Grafana do, has taken nothing. Nor has a receiver that rejects all of a batch by OTLP's partial success
 * (https://opentelemetry.io/docs/specs/otlp/#partial-success-1); of which rejects some, it names none, and that is told.
 */
export function otlpLogExporter(configuration: OtlpConfiguration): GoalLogExporter {
  let isPage = false
  let partial: Partial | undefined
  const delegate = createOtlpHttpExportDelegate<ReadableLogRecord[], object>(
    configuration,
    {
      serializeRequest: JsonLogsSerializer.serializeRequest,
      deserializeResponse(bytes) {
        isPage = PAGE.test(new TextDecoder().decode(bytes.subarray(0, 100)))
        if (isPage) return {}
        const response = JsonLogsSerializer.deserializeResponse(bytes)
        partial = (response as { partialSuccess?: Partial } | null)?.partialSuccess
        // Said here, and not to the exporter's log as well.
        return {}
      },
    },
    'otlp_http_log_exporter',
    LogsExporterMetricsHelper,
    undefined,
  )
  return {
    export(records, done) {
      delegate.export(records, (result) => {
        // Told in the same step in which the answer was read, so it is this one's.
        const error = isPage ? noOtlp() : rejection(partial, records.length)
        isPage = false
        partial = undefined
        done(error ? { code: 1, error } : result)
      })
    },
    shutdown: () => delegate.shutdown(),
  }
}

/** The name of the error where a receiver is none. */
export const NO_OTLP = 'NoOtlp'

function noOtlp(): Error {
  const said = 'it answers 200 with a web page, and no OTLP; name the receiver itself by OTEL_EXPORTER_OTLP_ENDPOINT'
  return Object.assign(new Error(said), { name: NO_OTLP })
}

interface Partial {
  /** A 64-bit integer: a decimal string in OTLP's JSON. */
  readonly rejectedLogRecords?: string | number
  readonly errorMessage?: string
}

/** That all of a batch was rejected, by which LogSender finds the bad ones; what is rejected of others is told and lost. */
function rejection({ rejectedLogRecords, errorMessage }: Partial = {}, sent: number): Error | undefined {
  const rejected = Number(rejectedLogRecords ?? 0)
  if (!(rejected > 0) && !errorMessage) return undefined
  const why = errorMessage || 'it does not say why'
  if (rejected >= sent && sent > 0) return Object.assign(new Error(`rejected: ${why}`), { name: REJECTED })
  warnOnce(`partial ${why}`, `the receiver has rejected ${rejected} of ${sent} log records, and names none: ${why}`)
  return undefined
}
