import { type HttpResponse, json } from '../http/http-response.ts'
import { Parameters } from '../http/parameters.ts'
import { bounded, jsonList, jsonObject, jsonTime, query, type Row } from '../store/stored-json.ts'
import type { RejectedPage, RejectedReason, RejectedReasons, RejectedRecord } from './api.ts'
import type { ApiRequest } from './api-request.ts'
import { Where } from './where.ts'

const MOST_REASONS = 100

const REASONS = `
  SELECT reason, count(*) AS count, min(received_at_ms) AS first, max(received_at_ms) AS last
  FROM rejected GROUP BY reason ORDER BY count DESC, reason LIMIT ${MOST_REASONS}`

/** GET /api/rejected */
export function rejected({ database, query: search }: ApiRequest): HttpResponse {
  const asked = new Parameters(search, ['reason', 'after', 'limit'])
  const after = asked.cursor('after') ?? 0
  const { sql, values } = new Where(['seq > ?'], [after]).equal('reason', asked.text('reason'))
  const page = `SELECT seq, received_at_ms, reason, record, resource FROM rejected ${sql} ORDER BY seq LIMIT ?`
  const { rows } = bounded(query(database, page).iterate(...values, asked.limit()))
  return json(
    jsonObject<RejectedPage>({ rejected: jsonList(rows.map(rejectedRecord)), next: `"${rows.at(-1)?.seq ?? after}"` }),
  )
}

/** GET /api/rejected/reasons */
export function rejectedReasons({ database, query: search }: ApiRequest): HttpResponse {
  new Parameters(search, [])
  const rows = query(database, REASONS).all()
  return json(jsonObject<RejectedReasons>({ reasons: jsonList(rows.map(rejectedReason)) }))
}

function rejectedReason(row: Row): string {
  return jsonObject<RejectedReason>({
    reason: JSON.stringify(row.reason),
    records: row.count,
    first_at: jsonTime((row.first as bigint) * 1_000_000n),
    last_at: jsonTime((row.last as bigint) * 1_000_000n),
  })
}

function rejectedRecord(row: Row): string {
  return jsonObject<RejectedRecord>({
    cursor: `"${row.seq}"`,
    received_at: jsonTime((row.received_at_ms as bigint) * 1_000_000n),
    reason: JSON.stringify(row.reason),
    record: row.record,
    resource: row.resource,
  })
}
