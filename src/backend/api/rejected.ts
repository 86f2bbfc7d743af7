import { Parameters } from '../http/parameters.ts'
import { type Answer, json, type Visit } from '../http/route.ts'
import { bounded, jsonList, jsonObject, jsonTime, query, type Row } from '../store/stored-json.ts'

const PAGE = 'SELECT seq, received_at_ms, reason, record, resource FROM rejected WHERE seq > ? ORDER BY seq LIMIT ?'

/** GET /api/rejected */
export function rejected({ store: { database }, query: search }: Visit): Answer {
  const asked = new Parameters(search, ['after', 'limit'])
  const after = asked.cursor('after') ?? 0
  const { rows } = bounded(query(database, PAGE).iterate(after, asked.limit()))
  return json(`{"rejected":${jsonList(rows.map(rejectedRecord))},"next":"${rows.at(-1)?.seq ?? after}"}`)
}

function rejectedRecord(row: Row): string {
  return jsonObject({
    cursor: `"${row.seq}"`,
    received_at: jsonTime((row.received_at_ms as bigint) * 1_000_000n),
    reason: JSON.stringify(row.reason),
    record: row.record,
    resource: row.resource,
  })
}
