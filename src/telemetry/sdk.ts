import type { Meter } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import { VERSION } from '../version.ts'
import { CommittedSpans } from './committed-span.ts'
import { warnOnce } from './diagnose.ts'
import { exporters } from './exporters.ts'
import type { GoalLogExporter } from './goal-logs.ts'
import type { SpanSource } from './goal-spans.ts'
import type { ResourceAttributes } from './resource.ts'
import { samplerOf } from './sampler.ts'

/**
 * The private providers: what goaltrace sends with where the agent has none of its own. Loaded when the first row is
 * drained, and bundled, so that an agent without OpenTelemetry installs none.
 */
export interface Sdk {
  readonly logExporter: GoalLogExporter | undefined
  /** Spans of this resource; undefined where traces are not to be exported. */
  spans(resource: ResourceAttributes): SpanSource | undefined
  /** The same one for the same resource. */
  meter(resource: ResourceAttributes): Meter | undefined
  /** Sends the spans made since, in the background; spans are best effort. */
  exportSpans(): void
  /** Sends what has not been sent of spans and metrics. */
  flush(): Promise<void>
}

/** Spans that wait for a slow receiver; more are dropped, as a batch processor's queue would. */
const MOST_SPANS_WAITING = 8192
/** A receiver that has fallen behind catches up by larger requests, of about 2 MB at most. */
const MOST_SPANS_SENT = 2048

export function createSdk(env: NodeJS.ProcessEnv = process.env): Sdk {
  const { logExporter, spanExporter, metricExporter } = exporters(env)
  const batch = new SpanBatch(spanExporter)
  const sampler = samplerOf(env)
  const meters = new Map<string, MeterProvider>()
  return {
    logExporter,
    spans(resource) {
      if (!spanExporter) return undefined
      return new CommittedSpans(resourceFromAttributes(resource), sampler, (span) => batch.add(span))
    },
    meter(resource) {
      if (!metricExporter) return undefined
      const key = JSON.stringify(resource)
      const provider =
        meters.get(key) ??
        new MeterProvider({
          resource: resourceFromAttributes(resource),
          readers: [new PeriodicExportingMetricReader({ exporter: metricExporter, ...metricPace(env) })],
        })
      meters.set(key, provider)
      return provider.getMeter('goaltrace', VERSION)
    },
    exportSpans: () => void batch.export(),
    flush: async () => {
      const all = [...meters.values()].map((provider) => provider.forceFlush().catch(() => {}))
      await Promise.all([batch.export(), ...all])
    },
  }
}

/** The reader refuses a time limit beyond its interval, which in the specification are independent of each other. */
function metricPace(env: NodeJS.ProcessEnv): { exportIntervalMillis: number; exportTimeoutMillis: number } {
  const exportIntervalMillis = Number(env.OTEL_METRIC_EXPORT_INTERVAL) || 60_000
  const timeout = Number(env.OTEL_METRIC_EXPORT_TIMEOUT) || 30_000
  return { exportIntervalMillis, exportTimeoutMillis: Math.min(timeout, exportIntervalMillis) }
}

/** Spans go with their batch of log records, not by a queue and a timer of their own that would drop most of a burst. */
class SpanBatch {
  readonly #exporter: SpanExporter | undefined
  #spans: ReadableSpan[] = []
  #sending: Promise<void> | undefined

  constructor(exporter: SpanExporter | undefined) {
    this.#exporter = exporter
  }

  add(span: ReadableSpan): void {
    if (this.#spans.length < MOST_SPANS_WAITING) this.#spans.push(span)
    else
      warnOnce('spans', 'the receiver of spans is too slow, or does not answer: some are dropped; log records are not')
  }

  /** Resolves when no span waits any more. */
  export(): Promise<void> {
    this.#sending ??= this.#exportAll().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  async #exportAll(): Promise<void> {
    while (this.#spans.length > 0) {
      const spans = this.#spans.splice(0, MOST_SPANS_SENT)
      await new Promise<void>((resolve) => this.#exporter?.export(spans, () => resolve()))
    }
  }
}
