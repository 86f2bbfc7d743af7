import { context, createContextKey } from '@opentelemetry/api'

/** The key of `suppressTracing` in @opentelemetry/core, the same in every copy of it. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** Runs an export as the SDK's own processors do, so that an app that traces HTTP does not see goaltrace's requests among its own. */
export function untraced<T>(run: () => T): T {
  return context.with(context.active().setValue(SUPPRESS_TRACING, true), run)
}
