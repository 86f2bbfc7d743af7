import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { goalEvents } from '../../src/event/goal-event.ts'
import { type GoalRow, paramsOf, snapshotOf } from '../goal/goal-row.ts'
import { goldenParams } from '../goal/golden.ts'

const RECORDINGS = join(import.meta.dirname, '../recordings')
const { rows } = JSON.parse(readFileSync(join(RECORDINGS, 'row-mutations.json'), 'utf8')) as {
  rows: { seq: number; old: GoalRow | null; new: GoalRow | null }[]
}

describe('the row changes of real Codex', () => {
  it('give its events, change by change', () => {
    const golden = goldenParams(join(RECORDINGS, 'golden/audit-row-mutations.json'))
    const events = rows.flatMap((row) => goalEvents({ before: snapshotOf(row.old), after: snapshotOf(row.new) }))
    const params = events.flatMap(paramsOf)
    expect(params).not.toHaveLength(0)
    expect(params).toEqual(
      golden.map(({ session_id, turn_id, app_server_client, runtime, ...ofRow }) => {
        const { thread_source, subagent_source, parent_thread_id, ...params } = ofRow
        return params
      }),
    )
  })

  it('give nothing where only the objective, the budget or the time of the update changed', () => {
    const quiet = rows.filter(({ old, new: now }) => old && now && old.status === now.status)
    const unaccounted = quiet.filter(
      ({ old, new: now }) => old?.goal_id === now?.goal_id && old?.tokens_used === now?.tokens_used,
    )
    expect(unaccounted.map(({ seq }) => seq)).toEqual([2, 3, 4, 9, 10])
    for (const { old, new: now } of unaccounted) {
      expect(goalEvents({ before: snapshotOf(old), after: snapshotOf(now) }).flatMap(paramsOf)).toEqual([])
    }
  })
})
