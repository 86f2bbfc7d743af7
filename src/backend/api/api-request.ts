import type { Database } from 'better-sqlite3'
import type { Staleness } from './stale-goals.ts'

/** What an answer of the API is made from. */
export interface ApiRequest {
  readonly database: Database
  readonly query: URLSearchParams
  readonly staleness: Staleness
}
