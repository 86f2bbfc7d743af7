import { describe, expect, it } from 'vitest'
import { observeGoals } from '../../src/api/observe-goals.ts'
import { recordGoalChange } from '../../src/api/record-goal-change.ts'
import { THREAD_GOALS } from '../../src/mapping/goal-table.ts'
import { connect, type Database, TABLE, temporaryFile } from './observed-goals.ts'

const MAPPED = { ...THREAD_GOALS, columns: { ...THREAD_GOALS.columns, model: 'model' } }
const WITH_MODEL = TABLE.replace('goal_id', 'model, goal_id')

function collected() {
  const events: string[] = []
  let takes = true
  const exporter = {
    export(
      records: { eventName: string; attributes: Record<string, unknown> }[],
      done: (_: { code: number; error?: Error }) => void,
    ) {
      if (!takes) return done({ code: 1, error: new Error('not now') })
      events.push(...records.map(({ eventName, attributes: of }) => `${eventName} ${of['gen_ai.request.model']}`))
      done({ code: 0 })
    },
  }
  const refuse = (refuses: boolean) => {
    takes = !refuses
  }
  return { events, exporter, refuse }
}

function withModel(file = temporaryFile()): Database {
  const database = connect(file)
  database.exec(WITH_MODEL)
  return database
}

describe('the model that works on a goal', () => {
  it('is on each event where a column has it, the last one where the goal is gone', async () => {
    const database = withModel()
    const { events, exporter } = collected()
    const observation = observeGoals(database, { exporter, tables: [MAPPED] })
    database.exec(`INSERT INTO thread_goals (thread_id, goal_id, model) VALUES ('t', 'g', 'small')`)
    database.exec(`UPDATE thread_goals SET model = 'large'`)
    database.exec('UPDATE thread_goals SET tokens_used = 5')
    database.exec('UPDATE thread_goals SET model = NULL, tokens_used = 6')
    database.exec(`UPDATE thread_goals SET model = 'last', status = 'paused'`)
    database.exec('DELETE FROM thread_goals')
    await observation.flush()
    // A change of the model alone is no event.
    expect(events).toEqual([
      'agent_goal.created small',
      'agent_goal.usage_accounted large',
      'agent_goal.usage_accounted undefined',
      'agent_goal.status_changed last',
      'agent_goal.cleared last',
    ])
    observation.close()
  })

  it('is unknown where no mapping names its column', async () => {
    const database = withModel()
    const { events, exporter } = collected()
    const observation = observeGoals(database, { exporter })
    database.exec(`INSERT INTO thread_goals (thread_id, goal_id, model) VALUES ('t', 'g', 'small')`)
    await observation.flush()
    expect(events).toEqual(['agent_goal.created undefined'])
    observation.close()
  })

  it('gets its column in an outbox of version 2, whose rows are delivered', async () => {
    const file = temporaryFile()
    const database = withModel(file)
    const { events, exporter, refuse } = collected()
    refuse(true)
    const earlier = observeGoals(database, { exporter })
    database.exec(`INSERT INTO thread_goals (thread_id, goal_id, model) VALUES ('t', 'g', 'small')`)
    await earlier.flush().catch(() => {})
    earlier.close()
    database.exec(`ALTER TABLE _goaltrace_outbox DROP COLUMN model;
      UPDATE _goaltrace_state SET value = 2 WHERE name = 'version'`)
    refuse(false)
    const observation = observeGoals(database, { exporter, tables: [MAPPED] })
    database.exec('UPDATE thread_goals SET tokens_used = 5')
    await observation.flush()
    expect(events).toEqual(['agent_goal.created undefined', 'agent_goal.usage_accounted small'])
    const version = `SELECT value FROM _goaltrace_state WHERE name = 'version'`
    expect(database.prepare(version).get()).toEqual({ value: 4 })
    observation.close()
  })

  it('can be recorded by code', async () => {
    temporaryFile()
    const { events, exporter } = collected()
    const goal = { threadId: 't', goalId: 'g', status: 'active' } as const
    recordGoalChange(null, { ...goal, model: 'small' }, {}, { exporter })
    recordGoalChange({ ...goal, model: 'large' }, null, {}, { exporter })
    await expect
      .poll(() => events, { timeout: 60_000 })
      .toEqual(['agent_goal.created small', 'agent_goal.cleared large'])
    expect(() => recordGoalChange(null, { ...goal, model: 5 as never }, {}, { exporter })).toThrow(
      'recordGoalChange: after.model is 5; expected a name',
    )
  })
})
