import * as api from '@opentelemetry/api'
import type { AppLoggerProvider } from './logger-exporter.ts'

/** The agent's own, as far as it has any. */
export interface OwnProviders {
  trace?: api.TracerProvider | undefined
  metrics?: api.MeterProvider | undefined
  logs?: AppLoggerProvider | undefined
}

/** Those that were given to an instrumentation, else those that are registered by now. */
export function ownProviders(given: OwnProviders = {}): OwnProviders {
  const globals = registered()
  return {
    trace: given.trace ?? (globals.trace === undefined ? undefined : api.trace.getTracerProvider()),
    metrics: given.metrics ?? (globals.metrics === undefined ? undefined : api.metrics.getMeterProvider()),
    logs: given.logs ?? globals.logs,
  }
}

/**
 * Without what stands for a provider that may yet be registered: `registerInstrumentations` gives an instrumentation such
 * ones where the agent has none.
 */
export function actual<T extends object>(provider: T): T | undefined {
  const { getDelegate, getDelegateTracer, _getDelegate } = provider as Record<string, unknown>
  if (getDelegate !== undefined || getDelegateTracer !== undefined || _getDelegate !== undefined) return undefined
  return /^Noop/.test(provider.constructor.name) ? undefined : provider
}

/** What the API keeps once a provider is registered; every copy of it, of both lines, looks there. */
function registered(): { trace?: unknown; metrics?: unknown; logs?: AppLoggerProvider | undefined } {
  const globals = globalThis as Record<symbol, unknown>
  const { trace, metrics, logs } = (globals[Symbol.for('opentelemetry.js.api.1')] ?? {}) as Record<string, unknown>
  // Logs have another place in the API of the 2.x line (@opentelemetry/api-logs).
  const older = globals[Symbol.for('io.opentelemetry.js.api.logs')] as ((version: 1) => unknown) | undefined
  return { trace, metrics, logs: unwrapped((logs ?? older?.(1)) as Wrapper | undefined) }
}

type Wrapper = AppLoggerProvider & { getDelegate?(): Wrapper; _getDelegate?(): Wrapper }

/** The SDK's provider, which can flush, out of the API's. */
function unwrapped(provider: Wrapper | undefined): AppLoggerProvider | undefined {
  const delegate = provider?.getDelegate?.() ?? provider?._getDelegate?.() ?? provider
  return delegate === undefined || /^Noop/.test(delegate.constructor.name) ? undefined : delegate
}
