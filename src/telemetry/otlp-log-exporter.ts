import type { OTLPExporterNodeConfigBase } from '@opentelemetry/otlp-exporter-base'
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http'
import { JsonLogsSerializer, LogsExporterMetricsHelper } from '@opentelemetry/otlp-transformer'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { GoalLogExporter } from './goal-logs.ts'

/** How a web page begins; a receiver's own words are left to it, as OTLP's exporters do. */
const PAGE = /^\s*<(?:!doctype|html)\b/i

/**
 * What @opentelemetry/exporter-logs-otlp-http is, but for one answer: a web server that has a page for every address, as
 * those of Jaeger and Grafana do, answers 200 and has taken nothing. To the exporter that is a success, as what a
 * receiver says with it is for its log alone; the outbox would then delete what nobody has.
 */
export function otlpLogExporter(config: OTLPExporterNodeConfigBase): GoalLogExporter {
  let isPage = false
  const delegate = createOtlpHttpExportDelegate<ReadableLogRecord[], object>(
    convertLegacyHttpOptions(config, 'LOGS', 'v1/logs', { 'Content-Type': 'application/json' }),
    {
      serializeRequest: JsonLogsSerializer.serializeRequest,
      deserializeResponse(bytes) {
        isPage = PAGE.test(new TextDecoder().decode(bytes.subarray(0, 100)))
        return isPage ? {} : JsonLogsSerializer.deserializeResponse(bytes)
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
        const page = isPage
        isPage = false
        done(page ? { code: 1, error: noOtlp() } : result)
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
