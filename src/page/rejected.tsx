import { useState } from 'preact/hooks'
import type { RejectedPage, RejectedReason, RejectedReasons } from '../backend/api/api.ts'
import { useNow } from './lib/clock.ts'
import { useEscape } from './lib/escape.ts'
import { ago, counted, line, moment } from './lib/format.ts'
import { Json } from './lib/json.tsx'
import { leave } from './lib/navigation.ts'
import { useQuery } from './lib/query.ts'

/** Records of a reason that are shown at a time. */
const PAGE = 20

/** Goal records that the backend kept aside, by the reason. */
export function Rejected() {
  useEscape()
  const { data, error } = useQuery<RejectedReasons>('reasons', () => 'api/rejected/reasons', { every: 5000 })
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
        Records of goals that could not be read, grouped by what is missing or invalid. They are kept as they came, and
        not counted anywhere else.
      </p>
      {error && (
        <p class="error" role="alert">
          {error.message}
        </p>
      )}
      {data?.reasons.length === 0 && <p class="none">None.</p>}
      <ul class="records">
        {data?.reasons.map((reason) => (
          <Reason key={reason.reason} reason={reason} now={now} />
        ))}
      </ul>
    </section>
  )
}

function Reason({
  reason: { reason, records, last_at },
  now,
}: {
  readonly reason: RejectedReason
  readonly now: number
}) {
  const [open, setOpen] = useState(false)
  return (
    <li>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <span class="number">{counted(records, 'record')}</span>
          <bdi>{line(reason, 1000)}</bdi>
          <time class="number soft" dateTime={last_at} title={`The last one ${moment(last_at)}`}>
            {ago(last_at, now)}
          </time>
        </summary>
        {open && <Records reason={reason} />}
      </details>
    </li>
  )
}

function Records({ reason }: { readonly reason: string }) {
  const [after, setAfter] = useState('')
  const path = () => `api/rejected?${new URLSearchParams({ reason, limit: String(PAGE), ...(after && { after }) })}`
  const { data, error } = useQuery<RejectedPage>(after, path, { every: 5000 })
  return (
    <>
      {error && <p class="error">{error.message}</p>}
      {data?.rejected.map(({ cursor, received_at, record, resource }) => (
        <section key={cursor}>
          <p class="soft number">{moment(received_at)}</p>
          <Json name="record" value={record} />
          {resource && <Json name="resource" value={resource} />}
        </section>
      ))}
      {data && data.rejected.length === PAGE && (
        <button type="button" class="more" onClick={() => setAfter(data.next)}>
          The next {PAGE}
        </button>
      )}
    </>
  )
}
