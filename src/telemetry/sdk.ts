import type { Meter } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { textOf } from '../base/environment.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { CommittedSpans, spanLimits } from './committed-span.ts'
import { exporters } from './exporters.ts'
import type { GoalLogExporter } from './goal-logs.ts'
import type { SpanSource } from './goal-spans.ts'
import { MetricFlush } from './metric-flush.ts'
import { Retries } from './retries.ts'
import { samplerOf } from './sampler.ts'
import { isMalformed, takesEmptyRequest } from './signal-refusal.ts'
import { SpanBatch } from './span-batch.ts'

/**
 * The private providers: what goaltrace sends with where the agent has none. Loaded when the first row is
 * drained, and bundled, so that an agent without OpenTelemetry installs none.
 */
export interface Sdk {
  readonly logExporter: GoalLogExporter | undefined
  /** Shared by all three signals. */
  readonly retries: Retries
  /** Spans of this resource; undefined where traces are not to be exported. */
  spans(resource: ResourceAttributes): SpanSource | undefined
  /** The same one for the same resource. */
  meter(resource: ResourceAttributes): Meter | undefined
  /** Whether the receiver of log records, which does not take them, takes another signal, and the environment does not ask for log records in particular. */
  takesOthersOnly(error: unknown): Promise<boolean>
  /** See `Providers`. */
  readonly keptSpans: Set<string> | undefined
  /** Sends the spans made since. @returns whether none is pending any more, see SpanBatch. */
  exportSpans(): Promise<boolean> | undefined
  /** What these resources' meters say is sent soon, in the background. */
  measured(resources: Iterable<ResourceAttributes>): void
  /** Sends what has not been sent of spans and metrics. */
  flush(): Promise<void>
}

/** Whether the environment asks for log records in particular: then they stay pending for a receiver that takes them later. */
export function asksForLogs(env: NodeJS.ProcessEnv): boolean {
  return (
    textOf(env, 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT') !== undefined || textOf(env, 'OTEL_LOGS_EXPORTER') !== undefined
  )
}

export function createSdk(env: NodeJS.ProcessEnv = process.env): Sdk {
  const retries = new Retries()
  const { logExporter, spanExporter, metricExporter } = exporters(env, retries)
  const spans = spanExporter && new SpanBatch(spanExporter, env, retries)
  const metrics = metricExporter && new MetricFlush(metricExporter, env)
  const sampler = samplerOf(env)
  const limits = spanLimits(env)
  return {
    logExporter,
    retries,
    spans: (resource) =>
      spans && new CommittedSpans(resourceFromAttributes(resource), sampler, (span) => spans.add(span), limits),
    meter: (resource) => metrics?.meter(resource),
    takesOthersOnly: async (error) => {
      if (asksForLogs(env)) return false
      // An address at which everything is malformed is a wrong one.
      const orMalformed = !isMalformed(error)
      return (
        (await takesEmptyRequest(spanExporter, orMalformed)) || (await takesEmptyRequest(metricExporter, orMalformed))
      )
    },
    keptSpans: spans?.kept,
    exportSpans: () => spans?.export(),
    measured: (resources) => metrics?.changed(resources),
    flush: async () => {
      await Promise.all([spans?.export(), metrics?.flush()])
    },
  }
}
