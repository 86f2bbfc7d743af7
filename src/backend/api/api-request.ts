import type { Database } from 'better-sqlite3'
import type { GoalView } from './goal-view.ts'

/** What an answer of the API is made from. */
export interface ApiRequest extends GoalView {
  readonly database: Database
  readonly query: URLSearchParams
}
