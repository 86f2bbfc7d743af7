import type * as api from '@opentelemetry/api'
import { warnOnce } from '../base/diagnose.ts'
import { VERSION } from '../base/version.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { destination } from './destination.ts'
import type { GoalLogExporter } from './goal-logs.ts'
import type { SpanSource } from './goal-spans.ts'
import { hasGoalTraces } from './goal-trace.ts'
import { fileInstance, processInstance } from './instance.ts'
import { loadSdk } from './load-sdk.ts'
import { loggerExporter } from './logger-exporter.ts'
import { type OwnProviders, ownProviders } from './own-providers.ts'
import { spansOf } from './own-tracer.ts'
import type { Sdk } from './sdk.ts'
import { isShutDown } from './shut-down.ts'

/** Whose metrics these are: this process's, of what it has counted, or a database's, of what is in it. */
export interface Meters {
  readonly ofProcess: api.Meter
  readonly ofFile: api.Meter
}

/** Where log records, spans and metrics go. */
export interface Providers {
  /** Undefined where logs are not to be exported at all. */
  readonly logExporter: GoalLogExporter | undefined
  /** Where that sends, for messages. */
  readonly to: string
  /** Whether that takes other signals, and no log records, as it has answered. */
  takesOthersOnly(error: unknown): Promise<boolean>
  spans(resource: ResourceAttributes): SpanSource | undefined
  /** @param file The database's; undefined where it is in memory. */
  meters(resource: ResourceAttributes, file: string | undefined): Meters | undefined
  /** Ids of spans that are kept in a file until the receiver has taken them: they are not lost where the process ends without. */
  readonly keptSpans: Set<string>
  /** Sends the spans made since. @returns whether none is pending any more, sent or lost; false where they are sent again later. */
  exportSpans(): Promise<boolean>
  /** What the meters say is sent soon, in the background. */
  measured(): void
  /** Sends what has not been sent of spans and metrics. */
  flush(): Promise<void>
}

export interface ProviderOptions {
  /** A row is delivered when it reports success. Default: OTLP over HTTP, as OTEL_EXPORTER_OTLP_* says. */
  readonly exporter?: GoalLogExporter | undefined
  /** Whether to send to OTLP's default address where nothing names one. */
  readonly defaultToLocalhost: boolean
  /** What an instrumentation was given in place of what is registered. */
  readonly given?: OwnProviders | undefined
}

/**
 * The agent's own providers where it has any by now, the private ones else; asked when there is something to send, as an
 * agent registers its SDK only after `--import` has run.
 * @throws {Error} where no receiver of log records is named.
 */
export async function findProviders({ exporter, defaultToLocalhost, given }: ProviderOptions): Promise<Providers> {
  const own = ownProviders(given)
  const named = exporterNamed()
  const app = exporter === undefined && !named ? own.logs : undefined
  const complete = exporter !== undefined && own.trace !== undefined && own.metrics !== undefined
  const sdk = (named || (defaultToLocalhost && app === undefined)) && !complete ? await privateSdk() : undefined
  const logExporter = exporter ?? (app ? loggerExporter(app) : sdk?.logExporter)
  if (!logExporter && !sdk) {
    throw new Error(
      'no receiver of log records is named; set OTEL_EXPORTER_OTLP_ENDPOINT or give observeGoals an exporter',
    )
  }
  const metered = new Map<string, ResourceAttributes>()
  const to = exporter ? "the agent's own exporter" : app ? "the agent's own LoggerProvider" : destination()
  return {
    logExporter,
    to,
    takesOthersOnly: async (error) =>
      logExporter === sdk?.logExporter && ((await sdk?.takesOthersOnly(error)) ?? false),
    spans: (resource) => (own.trace ? ownSpans(own.trace, () => sdk?.spans(resource)) : sdk?.spans(resource)),
    meters(resource, file) {
      const meter = (instance: string) => {
        if (own.metrics) return own.metrics.getMeter('goaltrace', VERSION)
        const measured = { ...resource, 'service.instance.id': instance }
        metered.set(instance, measured)
        return sdk?.meter(measured)
      }
      const ofProcess = meter(processInstance())
      const ofFile = file === undefined ? ofProcess : meter(fileInstance(file))
      return ofProcess && ofFile && { ofProcess, ofFile }
    },
    keptSpans: sdk?.keptSpans ?? new Set(),
    exportSpans: async () => (await sdk?.exportSpans()) ?? true,
    measured: () => sdk?.measured(metered.values()),
    flush: async () => sdk?.flush(),
  }
}

/** @param others Make those that come once the agent has shut its SDK down. */
function ownSpans(provider: api.TracerProvider, others: () => SpanSource | undefined): SpanSource {
  const tracer = provider.getTracer('goaltrace', VERSION)
  const spans = spansOf(tracer)
  if (spans.flagsOf === undefined && hasGoalTraces(process.env)) {
    warnOnce('goal traces', "goals have no traces of their own: the agent's tracer is not the SDK's and takes no ids")
  }
  const source = () => (isShutDown(tracer) ? (others() ?? lost(spans)) : spans)
  return { ...spans, startSpan: (...of) => source().startSpan(...of) }
}

function lost(spans: SpanSource): SpanSource {
  warnOnce(
    'spans after shutdown',
    'the agent has shut its OpenTelemetry SDK down, which drops the spans of goals that change afterwards; set OTEL_EXPORTER_OTLP_ENDPOINT for these',
  )
  return spans
}

const sdks = new Map<string, Sdk>()
let retrying = true

/** Whether requests that fail are sent again; not while the process ends, which would wait for nothing but pauses. */
export function retryRequests(retry: boolean): void {
  retrying = retry
  for (const { retries } of sdks.values()) setRetries(retries)
}

function setRetries(retries: Sdk['retries']): void {
  if (retrying) retries.resume()
  else retries.stop()
}

/** One for all databases of a process, so that counts of the same thing come together and are not reported side by side. */
async function privateSdk(): Promise<Sdk> {
  const { createSdk } = await loadSdk()
  // Names first: reading all values takes ten times as long, and is done for each database.
  const names = Object.keys(process.env).filter((name) => name.startsWith('OTEL_'))
  const settings = JSON.stringify(names.map((name) => [name, process.env[name]]))
  const sdk = sdks.get(settings) ?? createSdk()
  sdks.set(settings, sdk)
  setRetries(sdk.retries)
  return sdk
}

/** Whether log records go where the environment says, and so can be sent from another thread as well. */
export function followsEnvironment({ exporter, given }: ProviderOptions): boolean {
  return exporter === undefined && (exporterNamed() || ownProviders(given).logs === undefined)
}

function exporterNamed(): boolean {
  const {
    OTEL_EXPORTER_OTLP_ENDPOINT: all,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: logs,
    OTEL_LOGS_EXPORTER: kind,
  } = process.env
  return Boolean(all || logs || kind)
}
