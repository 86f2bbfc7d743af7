import { describe, expect, it } from 'vitest'
import { observeGoals } from '../../src/api/observe-goals.ts'
import { recordGoalChange } from '../../src/api/record-goal-change.ts'
import { THREAD_GOALS } from '../../src/mapping/goal-table.ts'
import { connect, TABLE, temporaryFile } from './observed-goals.ts'

const MAPPED = { ...THREAD_GOALS, columns: { ...THREAD_GOALS.columns, reason: 'blocked_by' } }
const SECRET = 'waits for the key of Ms Smith'

function collected() {
  const events: string[] = []
  const exporter = {
    export(records: { eventName: string; attributes: Record<string, unknown> }[], done: (_: { code: number }) => void) {
      events.push(...records.map(({ eventName, attributes: of }) => `${eventName} ${of['agent_goal.status_reason']}`))
      done({ code: 0 })
    },
  }
  return { events, exporter }
}

describe('the reason of a status', () => {
  it('is on each event where content is captured', async () => {
    const database = connect(temporaryFile())
    database.exec(TABLE.replace('goal_id', 'blocked_by, goal_id'))
    const { events, exporter } = collected()
    const observation = observeGoals(database, { exporter, tables: [MAPPED], captureObjective: true })
    database.exec(`INSERT INTO thread_goals (thread_id, goal_id) VALUES ('t', 'g')`)
    database.exec(`UPDATE thread_goals SET status = 'blocked', blocked_by = '${SECRET}'`)
    database.exec(`UPDATE thread_goals SET status = 'active', blocked_by = ''`)
    database.exec(`UPDATE thread_goals SET status = 'blocked', blocked_by = x'00'`)
    database.exec(`UPDATE thread_goals SET blocked_by = 'at last'`)
    database.exec('DELETE FROM thread_goals')
    await observation.flush()
    expect(events).toEqual([
      'agent_goal.created undefined',
      `agent_goal.status_changed ${SECRET}`,
      'agent_goal.status_changed undefined',
      'agent_goal.status_changed undefined',
      'agent_goal.cleared at last',
    ])
    observation.close()
  })

  it('stays in the agent unless it is: no row of the outbox has it', async () => {
    const file = temporaryFile()
    const database = connect(file)
    database.exec(TABLE.replace('goal_id', 'blocked_by, goal_id'))
    const { events, exporter } = collected()
    const observation = observeGoals(database, { exporter, tables: [MAPPED] })
    database.exec(
      `INSERT INTO thread_goals (thread_id, goal_id, status, blocked_by) VALUES ('t', 'g', 'blocked', '${SECRET}')`,
    )
    expect(JSON.stringify(database.prepare('SELECT * FROM _goaltrace_outbox').all())).not.toContain(SECRET)
    const goal = { threadId: 't', goalId: 'h', status: 'blocked', reason: SECRET } as const
    recordGoalChange(null, goal, {}, { exporter })
    recordGoalChange(goal, null, {}, { exporter, captureObjective: true })
    await observation.flush()
    await expect.poll(() => events.length, { timeout: 60_000 }).toBe(3)
    expect(events.toSorted()).toEqual([
      `agent_goal.cleared ${SECRET}`,
      'agent_goal.created undefined',
      'agent_goal.created undefined',
    ])
    observation.close()
  })
})
