import type { StoredSpan } from '../../backend/api/api.ts'

export interface PlacedSpan {
  readonly span: StoredSpan
  readonly depth: number
  /** Of the trace, 0 to 1. */
  readonly left: number
  readonly width: number
}

export interface Trace {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly from: number
  readonly ms: number
  readonly spans: readonly PlacedSpan[]
}

/** Each trace with its spans below their parents. Spans come from anywhere: a parent may be missing, or be its own child. */
export function traces(spans: readonly StoredSpan[]): Trace[] {
  return [...Map.groupBy(spans, ({ trace_id }) => trace_id)].map(([id, ofTrace]) => {
    const from = Math.min(...ofTrace.map(startOf))
    const ms = Math.max(...ofTrace.map((span) => startOf(span) + Math.max(0, span.duration_ms))) - from
    const whole = Math.max(ms, 1e-6)
    return {
      id,
      from,
      ms,
      spans: nested(ofTrace).map(({ span, depth }) => ({
        span,
        depth,
        left: (startOf(span) - from) / whole,
        width: Math.max(0, span.duration_ms) / whole,
      })),
    }
  })
}

function nested(spans: readonly StoredSpan[]): { span: StoredSpan; depth: number }[] {
  const ids = new Set(spans.map(({ span_id }) => span_id))
  const children = Map.groupBy(spans, ({ parent_span_id }) =>
    parent_span_id !== null && ids.has(parent_span_id) ? parent_span_id : null,
  )
  const placed: { span: StoredSpan; depth: number }[] = []
  const seen = new Set<StoredSpan>()
  const place = (roots: readonly StoredSpan[]) => {
    // No recursion: a chain of parents may be thousands long.
    const waiting = roots.map((span) => ({ span, depth: 0 })).reverse()
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (seen.has(next.span)) continue
      seen.add(next.span)
      placed.push(next)
      const depth = next.depth + 1
      for (const span of (children.get(next.span.span_id) ?? []).toReversed()) waiting.push({ span, depth })
    }
  }
  place(children.get(null) ?? [])
  // Those that are each other's parents hang below nothing.
  place(spans.filter((span) => !seen.has(span)))
  return placed
}

function startOf({ started_at }: StoredSpan): number {
  return Date.parse(started_at)
}
