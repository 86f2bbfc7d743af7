import * as api from '@opentelemetry/api'

/** What is kept of the span in which a change was made: 32 and 16 lower-case hex digits, zeros where there was none. */
export interface ChangeOrigin {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
  readonly known: { readonly tracestate?: string | undefined }
}

/** The span in which a change was made, if in one, and that as a context. */
export interface ParentSpan {
  readonly span: api.SpanContext | undefined
  readonly context: api.Context
}

const NONE: ParentSpan = { span: undefined, context: api.ROOT_CONTEXT }

/**
 * The spans in which changes were made. Most changes in a row have the same one, whose context is made once: making it, and
 * looking at each digit of its ids, for each change was a tenth of building a batch.
 */
export class ParentSpans {
  #last = NONE
  #tracestate: string | undefined

  of({ traceId, spanId, traceFlags, known: { tracestate } }: ChangeOrigin): ParentSpan {
    // The ids are bytes in hex, so that none but zeros is invalid.
    if (spanId === api.INVALID_SPANID || traceId === api.INVALID_TRACEID) return NONE
    const { span: last } = this.#last
    const same = last?.spanId === spanId && last.traceId === traceId && last.traceFlags === traceFlags
    if (same && this.#tracestate === tracestate) return this.#last
    const traceState = typeof tracestate === 'string' ? api.createTraceState(tracestate) : undefined
    const span = { traceId, spanId, traceFlags, ...(traceState && { traceState }) }
    this.#tracestate = tracestate
    this.#last = { span, context: api.trace.setSpanContext(api.ROOT_CONTEXT, span) }
    return this.#last
  }
}
