import { useState } from 'preact/hooks'
import { compact, counted, duration, exact, line, moment, shortId } from '../lib/format.ts'
import { Panel } from '../lib/panel.tsx'
import type { Turn } from './goal-facts.ts'

/** Turns that are shown without asking. */
const MOST = 7

export function Turns({ turns }: { readonly turns: readonly Turn[] }) {
  const [all, setAll] = useState(false)
  const shown = all ? turns : turns.slice(-MOST)
  const named = turns.filter(({ id }) => id !== null).length
  const most = Math.max(1, ...turns.map(({ tokens }) => tokens))
  return (
    <Panel title="Turns" aside={named > 0 && <p class="point">{exact(named)}</p>}>
      {named === 0 ? (
        <p class="none">No event names a turn.</p>
      ) : (
        <table class="turns">
          <thead>
            <tr>
              <th scope="col">Turn</th>
              <th scope="col" class="bars">
                Tokens
              </th>
              <th scope="col" class="number">
                Time
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.toReversed().map(({ id, from, tokens, seconds, events }) => (
              <tr
                key={id}
                title={`${line(id ?? 'Outside of turns', 200)}\nfrom ${moment(from)}, ${counted(events, 'event')}`}
              >
                <th scope="row">
                  {id === null ? <span class="soft">outside of turns</span> : <bdi class="id">{shortId(id)}</bdi>}
                </th>
                <td class="bars">
                  <span class="budget">
                    <span class="number">{compact(tokens)}</span>
                    <span class="bar" aria-hidden="true">
                      <span style={{ width: `${(100 * tokens) / most}%` }} />
                    </span>
                  </span>
                </td>
                <td class="number">{duration(seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {!all && named > 0 && turns.length > MOST && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          {exact(turns.length - MOST)} earlier
        </button>
      )}
    </Panel>
  )
}
