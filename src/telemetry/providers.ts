import * as api from '@opentelemetry/api'
import { VERSION } from '../version.ts'
import type { GoalLogExporter } from './goal-logs.ts'
import type { SpanSource } from './goal-spans.ts'
import { fileInstance, processInstance } from './instance.ts'
import type { ResourceAttributes } from './resource.ts'
import type { Sdk } from './sdk.ts'

/** Who speaks: this process of what it has counted, whoever reads it of what is in a database. */
export interface Meters {
  readonly ofProcess: api.Meter
  readonly ofFile: api.Meter
}

/** Where log records, spans and metrics go. */
export interface Providers {
  /** Undefined where logs are not to be exported at all. */
  readonly logExporter: GoalLogExporter | undefined
  spans(resource: ResourceAttributes): SpanSource | undefined
  /** @param file The database's; undefined where it is in memory. */
  meters(resource: ResourceAttributes, file: string | undefined): Meters | undefined
  /** Sends the spans made since, in the background. */
  exportSpans(): void
  flush(): Promise<void>
}

export interface ProviderOptions {
  /** Whose success is the acknowledgement. Default: OTLP over HTTP, as OTEL_EXPORTER_OTLP_* says. */
  readonly exporter?: GoalLogExporter | undefined
  /** Whether to send to OTLP's default address where nothing names one. */
  readonly orLocalhost: boolean
}

/**
 * The agent's own providers where it has registered any by now, the private ones else; asked when there is something to
 * send, as an agent registers its SDK only after `--import` has run.
 * @throws {Error} where nothing tells where log records go.
 */
export async function findProviders({ exporter, orLocalhost }: ProviderOptions): Promise<Providers> {
  const own = registered()
  const named = orLocalhost || endpointNamed()
  let sdk: Sdk | undefined
  if (named && !(exporter && own.trace && own.metrics)) sdk = await privateSdk()
  if (!exporter && !sdk) {
    throw new Error(
      'nothing tells where to send log records; set OTEL_EXPORTER_OTLP_ENDPOINT or give observeGoals an exporter',
    )
  }
  return {
    logExporter: exporter ?? sdk?.logExporter,
    spans: (resource) => (own.trace ? api.trace.getTracer('goaltrace', VERSION) : sdk?.spans(resource)),
    meters(resource, file) {
      const meter = (instance: string) =>
        own.metrics
          ? api.metrics.getMeter('goaltrace', VERSION)
          : sdk?.meter({ ...resource, 'service.instance.id': instance })
      const ofProcess = meter(processInstance())
      const ofFile = file === undefined ? ofProcess : meter(fileInstance(file))
      return ofProcess && ofFile && { ofProcess, ofFile }
    },
    exportSpans: () => sdk?.exportSpans(),
    flush: async () => sdk?.flush(),
  }
}

const sdks = new Map<string, Sdk>()

/** One for all databases of a process, so that counts of the same thing come together and are not told side by side. */
async function privateSdk(): Promise<Sdk> {
  const { createSdk } = await import('./sdk.ts')
  const settings = JSON.stringify(Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_')))
  const sdk = sdks.get(settings) ?? createSdk()
  sdks.set(settings, sdk)
  return sdk
}

/** What the API keeps once a provider is registered; every copy of it, of both lines, looks there. */
function registered(): { trace: boolean; metrics: boolean } {
  const globals = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')]
  const { trace, metrics } = (globals ?? {}) as { trace?: unknown; metrics?: unknown }
  return { trace: trace !== undefined, metrics: metrics !== undefined }
}

function endpointNamed(): boolean {
  return Boolean(process.env.OTEL_EXPORTER_OTLP_ENDPOINT || process.env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT)
}
