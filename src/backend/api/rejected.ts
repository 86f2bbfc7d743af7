import { type HttpResponse, json } from '../http/http-response.ts'
import { Parameters } from '../http/parameters.ts'
import { bounded, jsonList, jsonObject, jsonTime, query, type Row } from '../store/stored-json.ts'
import type { RejectedPage, RejectedRecord } from './api.ts'
import type { ApiRequest } from './api-request.ts'

const PAGE = 'SELECT seq, received_at_ms, reason, record, resource FROM rejected WHERE seq > ? ORDER BY seq LIMIT ?'

/** GET /api/rejected */
export function rejected({ database, query: search }: ApiRequest): HttpResponse {
  const asked = new Parameters(search, ['after', 'limit'])
  const after = asked.cursor('after') ?? 0
  const { rows } = bounded(query(database, PAGE).iterate(after, asked.limit()))
  return json(
    jsonObject<RejectedPage>({ rejected: jsonList(rows.map(rejectedRecord)), next: `"${rows.at(-1)?.seq ?? after}"` }),
  )
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
