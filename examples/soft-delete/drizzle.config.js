import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './schema.js',
  dbCredentials: { url: process.env.GOALS_DB ?? 'goals.db' },
  // goaltrace's outbox is not in the schema, and push would drop it with its pending rows.
  tablesFilter: ['!_goaltrace_*'],
})
