import type { Database } from 'better-sqlite3'

/** What an answer of the API is made from. */
export interface ApiRequest {
  readonly database: Database
  readonly query: URLSearchParams
}
