import { setTimeout as pause } from 'node:timers/promises'
import type { Meter } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  type AggregationOption,
  type AggregationTemporality,
  type InstrumentType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { clock } from '../base/clock.ts'
import { reason, warnOnce } from '../base/diagnose.ts'
import { numberOf, timeLimitOf } from '../base/environment.ts'
import { noteForRun } from '../base/run-notes.ts'
import { VERSION } from '../base/version.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { answerOf } from './delivery-fault.ts'
import { isSignalRefused, SignalRefusal } from './signal-refusal.ts'
import { untraced } from './untraced.ts'

export interface GoalMetricExporter {
  temporality(type: InstrumentType): AggregationTemporality
  aggregation(type: InstrumentType): AggregationOption
  export(metrics: ResourceMetrics[], done: (result: { code: number; error?: Error }) => void): void
}

const NEXT = 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT names another one, and OTEL_METRICS_EXPORTER=none sends none'
const DEFAULT_INTERVAL_MS = 60_000
const DEFAULT_TIMEOUT_MS = 30_000
/** The least milliseconds between two background flushes, and how many times as long as the last one the pause is: with a thousand databases, one takes a while. */
const PAUSE_MS = 1000
const PAUSE_PART = 10
/** A database has about 3 kB. */
const MOST_RESOURCES_SENT = 200

class PulledReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/**
 * The meters of all databases of a process, each a resource, and their way out: one for all, one request at a time. A
 * PeriodicExportingMetricReader for each would send them side by side, more than the exporter takes.
 */
export class MetricFlush {
  readonly #exporter: GoalMetricExporter
  readonly #timeoutMs: number
  readonly #intervalMs: number
  readonly #refusal = new SignalRefusal()
  readonly #meters = new Map<string, { readonly meter: Meter; readonly reader: PulledReader }>()
  #due = new Set<string>()
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #soon: NodeJS.Timeout | undefined
  /** When the next background flush may start. */
  #nextAt = Number.NEGATIVE_INFINITY

  constructor(exporter: GoalMetricExporter, env: NodeJS.ProcessEnv) {
    this.#exporter = exporter
    this.#intervalMs = numberOf(env, 'OTEL_METRIC_EXPORT_INTERVAL', { least: 1 }) ?? DEFAULT_INTERVAL_MS
    this.#timeoutMs = timeLimitOf(env, 'OTEL_METRIC_EXPORT_TIMEOUT') ?? DEFAULT_TIMEOUT_MS
  }

  /** The same one for the same resource. */
  meter(resource: ResourceAttributes): Meter {
    const key = keyOf(resource)
    const known = this.#meters.get(key)
    if (known) return known.meter
    if (this.#meters.size === 0) setInterval(() => this.#flushEverything(), this.#intervalMs).unref()
    const reader = new PulledReader({
      aggregationTemporalitySelector: (type) => this.#exporter.temporality(type),
      aggregationSelector: (type) => this.#exporter.aggregation(type),
    })
    const provider = new MeterProvider({ resource: resourceFromAttributes(resource), readers: [reader] })
    const meter = provider.getMeter('goaltrace', VERSION)
    this.#meters.set(key, { meter, reader })
    return meter
  }

  /** What these resources have to say is sent soon, in the background. */
  changed(resources: Iterable<ResourceAttributes>): void {
    for (const resource of resources) this.#due.add(keyOf(resource))
    this.#soon ??= setTimeout(
      () => {
        this.#soon = undefined
        void this.flush()
      },
      Math.max(0, this.#nextAt - clock.now()),
    ).unref()
  }

  /** Resolves when all that had changed is sent, or cannot be. */
  flush(): Promise<void> {
    if (this.#due.size === 0) return this.#next ?? this.#running
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      this.#running = this.#send().catch(notTaken)
      return this.#running
    })
    return this.#next
  }

  #flushEverything(): void {
    for (const key of this.#meters.keys()) this.#due.add(key)
    void this.flush()
  }

  async #send(): Promise<void> {
    const due = [...this.#due]
    this.#due.clear()
    const startedAt = clock.now()
    for (let from = 0; from < due.length; from += MOST_RESOURCES_SENT) {
      const metrics = await this.#collect(due.slice(from, from + MOST_RESOURCES_SENT))
      if (metrics.length === 0 || this.#refusal.why !== undefined) continue
      const error = await this.#export(metrics)
      if (error) notTaken(error)
      if (isSignalRefused(error)) this.#refusal.begin(answerOf(error))
    }
    const now = clock.now()
    this.#nextAt = now + Math.max(PAUSE_MS, Math.min(this.#intervalMs, (now - startedAt) * PAUSE_PART))
  }

  /** A reading of every database is a moment of the agent's, so each has its own turn. */
  async #collect(keys: readonly string[]): Promise<ResourceMetrics[]> {
    const all: ResourceMetrics[] = []
    for (const key of keys) {
      if (all.length > 0) await pause(0, undefined, { ref: false })
      const collected = await this.#meters.get(key)?.reader.collect()
      for (const error of collected?.errors ?? []) warnOnce('metrics read', `metrics cannot be read: ${reason(error)}`)
      if (collected && collected.resourceMetrics.scopeMetrics.length > 0) all.push(collected.resourceMetrics)
    }
    return all
  }

  #export(metrics: ResourceMetrics[]): Promise<unknown> {
    return new Promise((resolve) => {
      const late = new Error(`there is no answer after ${this.#timeoutMs} ms, the limit of OTEL_METRIC_EXPORT_TIMEOUT`)
      const timer = setTimeout(() => resolve(late), this.#timeoutMs).unref()
      untraced(() =>
        this.#exporter.export(metrics, ({ code, error }) => {
          clearTimeout(timer)
          resolve(code === 0 ? undefined : (error ?? new Error('the exporter does not say why')))
        }),
      )
    })
  }
}

function notTaken(error: unknown): void {
  const why = answerOf(error)
  warnOnce('metrics sent', `the receiver does not accept metrics: ${why}; ${NEXT}`)
  noteForRun({ kind: 'lost', what: 'metrics', why })
}

function keyOf(resource: ResourceAttributes): string {
  return JSON.stringify(resource)
}
