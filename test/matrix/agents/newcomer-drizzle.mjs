// The same through Drizzle.
import Database from 'better-sqlite3'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

const quests = sqliteTable('quests', {
  questId: text('quest_id').primaryKey(),
  title: text('title').notNull(),
  state: text('state').notNull().default('open'),
  tokens: integer('tokens').notNull().default(0),
})
const client = new Database('agent.db')
const db = drizzle({ client })
db.run(sql`CREATE TABLE IF NOT EXISTS quests (
  quest_id TEXT PRIMARY KEY, title TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open', tokens INTEGER NOT NULL DEFAULT 0)`)
db.insert(quests).values({ questId: 'q1', title: 'Sort the attic' }).run()
db.update(quests)
  .set({ tokens: sql`${quests.tokens} + 1200` })
  .where(eq(quests.questId, 'q1'))
  .run()
db.update(quests).set({ state: 'done' }).where(eq(quests.questId, 'q1')).run()
client.close()
