import {
  CumulativeTemporalitySelector,
  DeltaTemporalitySelector,
  LowMemoryTemporalitySelector,
} from '@opentelemetry/exporter-metrics-otlp-http'
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import {
  AggregationType,
  ConsoleMetricExporter,
  InstrumentType,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { choiceOf } from '../base/environment.ts'
import type { GoalMetricExporter } from './metric-flush.ts'
import type { OtlpConfiguration } from './otlp-configuration.ts'
import { OtlpExporter } from './otlp-exporter.ts'
import { serializersOf } from './otlp-serializers.ts'

const TEMPORALITIES = {
  cumulative: CumulativeTemporalitySelector,
  delta: DeltaTemporalitySelector,
  lowmemory: LowMemoryTemporalitySelector,
}
const HISTOGRAMS = {
  explicit_bucket_histogram: AggregationType.DEFAULT,
  base2_exponential_bucket_histogram: AggregationType.EXPONENTIAL_HISTOGRAM,
} as const

const keysOf = <Key extends string>(record: Record<Key, unknown>) => Object.keys(record) as Key[]

/** OpenTelemetry's own but for one request for many resources, as every database is one. */
export function otlpMetricExporter(configuration: OtlpConfiguration, env: NodeJS.ProcessEnv): GoalMetricExporter {
  const temporality = choiceOf(env, 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', keysOf(TEMPORALITIES))
  const histogram = choiceOf(env, 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', keysOf(HISTOGRAMS))
  const histograms = HISTOGRAMS[histogram ?? 'explicit_bucket_histogram']
  const exporter = new OtlpExporter(configuration, serializersOf(jsonMetrics, protobufMetrics))
  return {
    temporality: TEMPORALITIES[temporality ?? 'cumulative'],
    aggregation: (type) => ({ type: type === InstrumentType.HISTOGRAM ? histograms : AggregationType.DEFAULT }),
    export: (metrics, done) => exporter.export(metrics, done),
  }
}

const HEAD = '{"resourceMetrics":['
const TAIL = ']}'

/** OpenTelemetry's serializers take one resource. */
function jsonMetrics(all: ResourceMetrics[]): Uint8Array {
  const each = all.map((metrics) => {
    const text = Buffer.from(JsonMetricsSerializer.serializeRequest(metrics) ?? []).toString()
    return text.slice(HEAD.length, -TAIL.length)
  })
  return Buffer.from(`${HEAD}${each.join(',')}${TAIL}`)
}

/** Messages one behind the other are one, with what is repeated in each: https://protobuf.dev/programming-guides/encoding/#last-one-wins */
function protobufMetrics(all: ResourceMetrics[]): Uint8Array {
  return Buffer.concat(all.map((metrics) => ProtobufMetricsSerializer.serializeRequest(metrics) ?? Buffer.of()))
}

export function consoleMetricExporter(): GoalMetricExporter {
  const exporter = new ConsoleMetricExporter()
  return {
    temporality: CumulativeTemporalitySelector,
    aggregation: () => ({ type: AggregationType.DEFAULT }),
    export(all, done) {
      for (const metrics of all) exporter.export(metrics, () => {})
      done({ code: 0 })
    },
  }
}
