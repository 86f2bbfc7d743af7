import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EventStreams } from '../api/event-streams.ts'
import type { Metrics } from '../api/metrics.ts'
import type { EventStore, Stored } from '../store/event-store.ts'
import type { SignIn } from './sign-in.ts'

export interface Answer {
  readonly type: string
  /** Or who writes it, for as long as it takes. */
  readonly body: string | Buffer | ((response: ServerResponse) => void)
  /** Default: 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A request, and what there is to answer it with. */
export interface Visit {
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  /** What stands in the address in place of each `{name}` of the route's pattern, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly store: EventStore
  readonly streams: EventStreams
  readonly metrics: Metrics
  /** Undefined where no token is demanded. */
  readonly signIn: SignIn | undefined
  readonly jaeger: string | undefined
  readonly took: (stored: Stored) => void
}

export type Route = (visit: Visit) => Answer | Promise<Answer>

export type Methods = Readonly<Record<string, Route>>

/** Whose body is JSON text. */
export function json(body: string): Answer {
  return { type: 'application/json', body }
}
