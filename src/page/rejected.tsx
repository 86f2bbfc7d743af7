import { useState } from 'preact/hooks'
import type { RejectedPage } from '../backend/api/api.ts'
import { useNow } from './lib/clock.ts'
import { useEscape } from './lib/escape.ts'
import { ago, line, moment } from './lib/format.ts'
import { Json } from './lib/json.tsx'
import { leave } from './lib/navigation.ts'
import { useQuery } from './lib/query.ts'

/** Records that a page shows. */
const PAGE = 100

/** Goal records that the backend kept aside, and why. */
export function Rejected() {
  useEscape()
  const [after, setAfter] = useState('')
  const path = () => `api/rejected?limit=${PAGE}${after && `&after=${encodeURIComponent(after)}`}`
  const { data, error } = useQuery<RejectedPage>(after, path, { every: 5000 })
  const now = useNow()
  return (
    <section class="rejected">
      <div class="back">
        <button type="button" class="plain" onClick={leave}>
          <span aria-hidden="true">←</span> Goals
        </button>
      </div>
      <h1>Rejected records</h1>
      <p class="soft">
        Records that name a goal and cannot be read as one, with what is missing or wrong. They are kept as they came,
        and count nowhere.
      </p>
      {error && (
        <p class="error" role="alert">
          {error.message}
        </p>
      )}
      {data?.rejected.length === 0 && <p class="none">{after ? 'There are no more.' : 'None.'}</p>}
      <ul class="records">
        {data?.rejected.map(({ cursor, received_at, reason, record, resource }) => (
          <li key={cursor}>
            <details>
              <summary>
                <time class="number soft" dateTime={received_at} title={moment(received_at)}>
                  {ago(received_at, now)}
                </time>
                <bdi>{line(reason)}</bdi>
              </summary>
              <Json name="record" value={record} />
              {resource && <Json name="resource" value={resource} />}
            </details>
          </li>
        ))}
      </ul>
      {data && data.rejected.length === PAGE && (
        <button type="button" class="more" onClick={() => setAfter(data.next)}>
          The next {PAGE}
        </button>
      )}
    </section>
  )
}
