import * as api from '@opentelemetry/api'
import type { ChangeContext } from '../outbox/change-context.ts'

/** In which span a change was made, if in one, and that as a context. */
export interface Caller {
  readonly span: api.SpanContext | undefined
  readonly context: api.Context
}

const NOBODY: Caller = { span: undefined, context: api.ROOT_CONTEXT }

/**
 * The callers of changes. Most changes in a row have the same one, whose context is made once: making it, and looking at
 * each digit of its ids, for each change was a tenth of building a batch.
 */
export class Callers {
  #last = NOBODY
  #tracestate: string | undefined

  of({ traceId, spanId, traceFlags, known: { tracestate } }: ChangeContext): Caller {
    // The ids are bytes in hex, so that none but zeros is invalid.
    if (spanId === api.INVALID_SPANID || traceId === api.INVALID_TRACEID) return NOBODY
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
