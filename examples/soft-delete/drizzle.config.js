import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './schema.js',
  dbCredentials: { url: process.env.GOALS_DB ?? 'goals.db' },
  // What waits in goaltrace's outbox is not in the schema, and push would drop it.
  tablesFilter: ['!_goaltrace_*'],
})
