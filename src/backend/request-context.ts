import type { IncomingMessage } from 'node:http'
import type { Database } from 'better-sqlite3'
import type { EventStreams } from './api/event-streams.ts'
import type { GoalView } from './api/goal-view.ts'
import type { Metrics } from './api/metrics.ts'
import type { HttpResponse } from './http/http-response.ts'
import type { SignIn } from './http/sign-in.ts'
import type { EventStore } from './store/event-store.ts'
import type { StoredCounts } from './store/received-records.ts'

/** A request and what handlers need to answer it; each handler's type names the part that it uses. */
export interface RequestContext extends GoalView {
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  /** The decoded value of each `{name}` in the route's pattern. */
  readonly params: Readonly<Record<string, string>>
  readonly store: EventStore
  readonly database: Database
  readonly streams: EventStreams
  readonly metrics: Metrics
  /** Undefined where no token is required. */
  readonly signIn: SignIn | undefined
  readonly jaeger: string | undefined
  readonly stored: (counts: StoredCounts) => void
}

export type Route = (context: RequestContext) => HttpResponse | Promise<HttpResponse>

/** The routes of one address, by HTTP method. */
export type Methods = Readonly<Record<string, Route>>
