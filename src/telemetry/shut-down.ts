import type * as api from '@opentelemetry/api'

/** Private parts of the SDK's tracer, in every version since 1.0; of 1.x the function, since 2.0 the processor itself. */
interface SdkTracer {
  readonly _spanProcessor?: SdkProcessors
  getActiveSpanProcessor?(): SdkProcessors
}

interface SdkProcessors {
  readonly _spanProcessors?: readonly { readonly _shutdownOnce?: { readonly isCalled: boolean } }[]
}

/**
 * Whether the agent has shut its SDK down, as many do before their process ends: its processors then drop every span, and say nothing. False
 * for one that has a processor of another make.
 */
export function isShutDown(tracer: api.Tracer): boolean {
  const { _spanProcessor: processor, getActiveSpanProcessor: active } = tracer as SdkTracer
  const processors = (processor ?? active?.call(tracer))?._spanProcessors ?? []
  return processors.length > 0 && processors.every(({ _shutdownOnce: once }) => once?.isCalled === true)
}
