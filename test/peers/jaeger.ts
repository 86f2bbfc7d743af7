import type { Span } from './goal-trace.ts'
import { asked } from './peer.ts'

/** A span as Jaeger's API answers it, and VictoriaTraces' too. */
export interface JaegerSpan {
  readonly traceID: string
  readonly spanID: string
  readonly operationName: string
  readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[]
  /** Microseconds since 1970. */
  readonly startTime: number
  /** Microseconds. */
  readonly duration: number
  readonly tags: readonly { readonly key: string; readonly value: unknown }[]
}

interface Traces {
  readonly data: readonly { readonly spans: readonly JaegerSpan[] }[] | null
}

/** All spans of the traces with a span that has these attributes. */
export async function jaegerSpans(url: string, service: string, tags: object): Promise<JaegerSpan[]> {
  const query = new URLSearchParams({ service, tags: JSON.stringify(tags), limit: '100' })
  const { data } = await asked<Traces>(`${url}/api/traces?${query}`)
  return (data ?? []).flatMap(({ spans }) => spans)
}

export function spanOf({ traceID, spanID, operationName, references, startTime, duration, tags }: JaegerSpan): Span {
  const parent = references.find(({ refType }) => refType === 'CHILD_OF')
  const links = references.filter(({ refType }) => refType === 'FOLLOWS_FROM')
  return {
    name: operationName,
    traceId: traceID,
    id: spanID,
    parent: parent?.spanID,
    start: startTime / 1000,
    end: (startTime + duration) / 1000,
    attributes: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    links: links.map(({ traceID, spanID }) => ({ traceId: traceID, id: spanID })),
  }
}
