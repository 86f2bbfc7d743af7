import type { Database } from 'better-sqlite3'
import { VERSION } from '../../base/version.ts'
import { type HttpResponse, json } from '../http/http-response.ts'
import { Parameters } from '../http/parameters.ts'
import { eventCount } from '../store/event-count.ts'
import { query } from '../store/stored-json.ts'
import type { About } from './api.ts'
import type { ApiRequest } from './api-request.ts'

/** Goes from each name to the next in the index, so that a million goals of a few services cost a few steps. */
const SERVICES = `
  WITH RECURSIVE service (name) AS (
    SELECT min(service_name) FROM goal
    UNION ALL
    SELECT (SELECT min(service_name) FROM goal WHERE service_name > name) FROM service WHERE name IS NOT NULL
  )
  SELECT name FROM service WHERE name IS NOT NULL LIMIT 1000`

interface AboutRequest extends ApiRequest {
  readonly jaeger: string | undefined
  /** Undefined where no token is required. */
  readonly signIn: object | undefined
}

/** GET /api/about */
export function about({ database, query: search, jaeger, signIn, prices }: AboutRequest): HttpResponse {
  new Parameters(search, [])
  const about: About = {
    version: VERSION,
    jaeger: jaeger ?? null,
    token: signIn !== undefined,
    prices: prices === undefined ? null : { currency: prices.currency, as_of: prices.asOf },
    services: query(database, SERVICES)
      .all()
      .map((row) => row.name as string),
    events: eventCount(database),
    goals: count(database, 'goal'),
    rejected: count(database, 'rejected'),
    size: databaseBytes(database),
  }
  return json(JSON.stringify(about))
}

/** Bytes of the database file, without its write-ahead log. */
export function databaseBytes(database: Database): number {
  const row = query(database, 'SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size').get()
  return Number(row?.size)
}

function count(database: Database, table: 'goal' | 'rejected'): number {
  return Number(query(database, `SELECT count(*) AS count FROM ${table}`).get()?.count)
}
