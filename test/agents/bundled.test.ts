import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { AgentFolder } from './run-agent.ts'

it('an agent that is one file with goaltrace/register in it starts, and its goals arrive', async () => {
  // Within the repository, where better-sqlite3 is found.
  const folder = mkdtempSync(join(import.meta.dirname, '../../node_modules/.bundled-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const outfile = join(folder, 'agent.mjs')
  const contents = "import 'goaltrace/register'\nawait import('./agent.mjs')"
  await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['better-sqlite3'],
    logLevel: 'error',
    outfile,
  })
  const receiver = await Receiver.start()
  const agent = new AgentFolder()
  const { code, stderr } = await agent.run(receiver.url, [5, 'end', 100], { OTEL_LOG_LEVEL: 'warn' }, outfile)
  expect(code).toBe(0)
  // A bundle's imports of what is left outside come first.
  expect(stderr).toMatch(/^goaltrace: better-sqlite3 was loaded before goaltrace: [^\n]+\n$/)
  expect(new Set(receiver.uids).size).toBe(agent.committed())
})

const OBSERVING = `import Database from 'better-sqlite3'
import { observeGoals } from 'goaltrace'
const db = new Database(process.argv[2])
db.exec('CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL, token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0)')
observeGoals(db)
db.exec("INSERT INTO thread_goals VALUES ('t', 'g', 'Find a way out', 'active', NULL, 0, 0)")
process.exit(3)`

it.each([
  ['esm', 'agent.mjs'],
  ['cjs', 'agent.cjs'],
] as const)(
  'what an agent has changed that is one file with observeGoals in it (%s) arrives at its exit',
  async (format, name) => {
    const agent = new AgentFolder(join(import.meta.dirname, '../../node_modules'))
    const outfile = join(agent.path, name)
    // CommonJS in an ES module wants a require.
    const js = `import { createRequire as own } from 'node:module'; const require = own(import.meta.url)`
    await build({
      stdin: { contents: OBSERVING, resolveDir: import.meta.dirname },
      bundle: true,
      platform: 'node',
      format,
      external: ['better-sqlite3'],
      logLevel: 'error',
      outfile,
      ...(format === 'esm' && { banner: { js } }),
    })
    const receiver = await Receiver.start()
    const env = { OTEL_BLRP_SCHEDULE_DELAY: '600000', GOALTRACE_EXIT_LIMIT: '20000' }
    expect(await agent.run(receiver.url, [], env, outfile)).toMatchObject({ code: 3, stderr: '' })
    expect(receiver.logs).toHaveLength(1)
  },
)
