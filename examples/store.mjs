// An agent whose goals are in no database, but behind its own async store: node examples/store.mjs
// Its events are printed; with OTEL_EXPORTER_OTLP_ENDPOINT they are sent there, and kept in a file until delivered.
import { instrumentGoalStore, withGoalContext } from 'goaltrace'

class GoalStore {
  #goals = new Map()

  async find(id) {
    return this.#goals.get(id) ?? null
  }

  async add(id, text) {
    const goal = { id, text, state: 'open', tokens: 0 }
    this.#goals.set(id, goal)
    return goal
  }

  async update(id, change) {
    const goal = { ...this.#goals.get(id), ...change }
    this.#goals.set(id, goal)
    return goal
  }

  async remove(id) {
    return this.#goals.delete(id)
  }
}

const STATUSES = { open: 'active', done: 'complete' }
/** A goal in goaltrace's terms. */
const snapshot = (goal) =>
  goal && {
    threadId: 'main',
    goalId: goal.id,
    status: STATUSES[goal.state],
    tokensUsed: goal.tokens,
    objective: goal.text,
  }

const store = new GoalStore()
const before = async (id) => snapshot(await store.find(id))
const exporter = {
  export(records, done) {
    for (const { eventName, attributes } of records) console.log(eventName, attributes['agent_goal.id'], attributes)
    done({ code: 0 })
  },
}
const goals = instrumentGoalStore(
  store,
  {
    add: (goal) => ({ before: null, after: snapshot(goal) }),
    update: { before, after: snapshot },
    remove: { before, after: (gone) => (gone ? null : undefined) },
  },
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT ? { outbox: 'goals-outbox.db' } : { exporter },
)

await goals.add('report', 'Write the report')
await withGoalContext({ turnId: 'turn-1' }, async () => {
  await goals.update('report', { tokens: 1200 })
  await goals.update('report', { state: 'done', tokens: 1500 })
})
await goals.remove('report')
// The agent keeps working; meanwhile its events are delivered.
await new Promise((resolve) => setTimeout(resolve, 1500))
