// An agent that keeps its goals in its own table with Kysely, one of them its primary goal. It does not mention
// goaltrace: goaltrace.config.json beside it maps the table. In this folder:
//   node --import goaltrace/register agent.mjs
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect, sql } from 'kysely'

class GoalRepository {
  #db

  constructor(file) {
    this.#db = new Kysely({ dialect: new SqliteDialect({ database: new Database(file) }) })
  }

  async open() {
    await sql`CREATE TABLE IF NOT EXISTS goals (
      id INTEGER PRIMARY KEY, title TEXT NOT NULL, description TEXT, deadline TEXT, period TEXT, metrics TEXT,
      status TEXT NOT NULL DEFAULT 'in_progress', is_primary INTEGER NOT NULL DEFAULT 0)`.execute(this.#db)
    return this
  }

  async add(goal) {
    const { id } = await this.#db.insertInto('goals').values(goal).returning('id').executeTakeFirstOrThrow()
    return id
  }

  /** There is one primary goal at most, at every moment. */
  async setPrimary(id) {
    await this.#db.transaction().execute(async (trx) => {
      await trx.updateTable('goals').set({ is_primary: 0 }).where('is_primary', '=', 1).execute()
      const { numUpdatedRows } = await trx
        .updateTable('goals')
        .set({ is_primary: 1 })
        .where('id', '=', id)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) throw new Error(`there is no goal ${id}`)
    })
  }

  async update(id, values) {
    await this.#db.updateTable('goals').set(values).where('id', '=', id).execute()
  }

  async remove(id) {
    await this.#db.deleteFrom('goals').where('id', '=', id).execute()
  }

  async list() {
    return await this.#db.selectFrom('goals').select(['id', 'title', 'status', 'is_primary']).orderBy('id').execute()
  }

  async close() {
    await this.#db.destroy()
  }
}

const goals = await new GoalRepository(process.argv[2] ?? 'goals.db').open()
const run = await goals.add({ title: 'Run a marathon', deadline: '2027-04-25', metrics: '{"km":42.195}' })
const read = await goals.add({ title: 'Read a book a month', period: 'monthly' })
const sing = await goals.add({ title: 'Sing in a choir' })
await goals.setPrimary(run)
await goals.setPrimary(read)
// Rolled back, so that the primary goal stays.
await goals.setPrimary(99).catch(({ message }) => console.log(message))
await goals.update(read, { status: 'completed' })
await goals.update(sing, { status: 'abandoned' })
await goals.remove(run)
console.table(await goals.list())
// The agent keeps working; meanwhile its events are delivered.
setTimeout(() => goals.close(), 1500)
