// An agent that keeps its goals with Drizzle, never deletes a row, and does not mention goaltrace;
// goaltrace.config.json
// beside it maps the table. In this folder:
//   npx drizzle-kit push
//   node --import goaltrace/register agent.js
import { asc, eq, isNull, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { goals } from './schema.js'

const db = drizzle(process.argv[2] ?? 'goals.db')
const set = (uuid, values) => db.update(goals).set(values).where(eq(goals.uuid, uuid)).run()

const [report, slides, party] = db
  .insert(goals)
  .values([{ title: 'Write the report' }, { title: 'Make the slides' }, { title: 'Plan the party' }])
  .returning()
  .all()
// A changed order is no change of a goal.
db.transaction((tx) => {
  tx.update(goals)
    .set({ order: sql`${goals.order} + 1` })
    .run()
  tx.update(goals).set({ order: 0 }).where(eq(goals.uuid, slides.uuid)).run()
})
set(report.uuid, { statusName: 'doing' })
set(report.uuid, { statusName: 'done' })
// Gone, and back.
set(party.uuid, { deletedAt: new Date() })
set(slides.uuid, { deletedAt: new Date() })
set(slides.uuid, { deletedAt: null })

const left = db.select().from(goals).where(isNull(goals.deletedAt)).orderBy(asc(goals.order)).all()
console.table(left.map(({ title, statusName, order }) => ({ title, statusName, order })))
// The agent keeps working; meanwhile its events are delivered.
setTimeout(() => {}, 1500)
