// An agent that records each turn's tokens in a separate table, with Knex. It does not mention goaltrace:
// goaltrace.config.json beside it says where a goal's usage is. In this folder:
//   node --import goaltrace/register agent.mjs
import knex from 'knex'

const db = knex({
  client: 'better-sqlite3',
  connection: { filename: process.argv[2] ?? 'goals.db' },
  useNullAsDefault: true,
})
await db.raw(`CREATE TABLE IF NOT EXISTS goals (
  id INTEGER PRIMARY KEY, conversation_id TEXT NOT NULL, title TEXT NOT NULL, token_budget INTEGER,
  status TEXT NOT NULL DEFAULT 'active')`)
await db.raw(`CREATE TABLE IF NOT EXISTS goal_usage (
  goal_id INTEGER NOT NULL REFERENCES goals (id) ON DELETE CASCADE, tokens INTEGER NOT NULL, at TEXT NOT NULL)`)
await db.raw('CREATE INDEX IF NOT EXISTS goal_usage_goal ON goal_usage (goal_id)')

/** A turn is accounted as a whole: its tokens, and what follows of them. */
async function account(goal, tokens) {
  await db.transaction(async (trx) => {
    await trx('goal_usage').insert({ goal_id: goal, tokens, at: new Date().toISOString() })
    const [{ used, budget }] = await trx('goals')
      .join('goal_usage', 'goals.id', 'goal_usage.goal_id')
      .where('goals.id', goal)
      .select({ budget: 'token_budget' })
      .sum({ used: 'tokens' })
    if (budget !== null && used >= budget) await trx('goals').where({ id: goal }).update({ status: 'over_budget' })
  })
}

const [parser] = await db('goals').insert({ conversation_id: 'c-1', title: 'Port the parser', token_budget: 10_000 })
const [fonts] = await db('goals').insert({ conversation_id: 'c-2', title: 'Ask about fonts' })
await account(parser, 4200)
await account(fonts, 800)
await account(parser, 6100)
await db('goals').where({ id: fonts }).update({ status: 'done' })
console.table(await db('goals').select('id', 'title', 'status'))
// The agent keeps working; meanwhile its events are delivered.
setTimeout(() => db.destroy(), 1500)
