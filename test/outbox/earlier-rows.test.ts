import { expect, it } from 'vitest'
import { observed } from '../capture/observed-goals.ts'

/** A trigger of 0.1.0 wrote these; all that its rows said of replaced goals is in their contexts. */
function left() {
  const { database, emitted, run } = observed()
  run(`INSERT INTO thread_goals (thread_id, goal_id) VALUES ('first', 'g')`)
  /** SQL of a context as the first row's, with the uid's last bytes and what else is known. */
  const context = (uid: number, known: unknown) => `(SELECT CAST(substr(context, 1, 14) || unhex('0${uid}00') ||
    substr(context, 17, 35) || CAST('${JSON.stringify(known)}' AS BLOB) AS BLOB) FROM _goaltrace_outbox WHERE seq = 1)`
  const uidOf = (uid: number) => {
    const hex = String(
      database.prepare('SELECT lower(hex(substr(context, 1, 14))) FROM _goaltrace_outbox').pluck().get(),
    )
    return `${hex}0${uid}00`.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
  const leave = (known: unknown, columns: Record<string, unknown>, uid = 1) => {
    const names = Object.keys(columns)
    const values = names.map(() => '?').join(', ')
    const sql = `INSERT INTO _goaltrace_outbox (sender, context, ${names.join(', ')}) VALUES (1, ${context(uid, known)}, ${values})`
    database.prepare(sql).run(...Object.values(columns))
  }
  return { emitted, leave, uidOf }
}

const OLD = { old_thread: 'a', old_goal: 'g', old_status: 'active', old_tokens: 1 }
const NEW = { thread: 'a', goal: 'g', status: 'active', tokens: 5 }

it('a row of 0.1.0 that replaced others says of each what became of it', async () => {
  const { emitted, leave } = left()
  const replaced = [
    ['b', 'evicted', 'active', null, 2, 0, 9],
    ['a', 'g', 'paused', null, 1, 0, 9],
  ]
  leave({ replaced }, NEW)
  expect((await emitted()).slice(1)).toEqual([
    'cleared b/evicted active 2',
    'usage_accounted a/g active 5',
    'status_changed a/g active 5',
  ])
})

it('a row of a delete trigger of 0.1.0 is void where the next row supersedes it', async () => {
  const { emitted, leave, uidOf } = left()
  leave({ replacing: true }, OLD, 1)
  leave({ replaced: [['a', 'g', 'active', null, 1, 0, 9]], supersedes: [uidOf(1)] }, NEW, 2)
  leave({ replacing: true }, { ...OLD, old_thread: 'c' }, 3)
  expect((await emitted()).slice(1)).toEqual(['usage_accounted a/g active 5', 'cleared c/g active 1'])
})

it('a row of usage of 0.1.0 that replaced others has the sum before', async () => {
  const { emitted, leave } = left()
  leave({ replacedUsage: [4, 0] }, { ...OLD, ...NEW })
  leave({ replacedUsage: [3, 0] }, { ...OLD, ...NEW }, 2)
  expect((await emitted()).slice(1)).toEqual(['usage_accounted a/g active 5'])
})
