import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { AgentFolder } from './run-agent.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Within the repository, where bundlers find goaltrace and bundles find better-sqlite3. */
const SCRATCH = join(ROOT, '.cache/bundled')
mkdirSync(SCRATCH, { recursive: true })

it('an agent that is one file with goaltrace/register in it starts, and its goals are delivered', async () => {
  const folder = mkdtempSync(join(SCRATCH, 'register-'))
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
  // A bundle's imports of external modules come first.
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

type Format = 'esm' | 'cjs'
type Bundle = (folder: string, source: string, bundled: string, format: Format) => Promise<unknown>

const byEsbuild: Bundle = (_, source, outfile, format) =>
  build({
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    format,
    external: ['better-sqlite3'],
    logLevel: 'error',
    outfile,
    // CommonJS in an ES module needs a require.
    ...(format === 'esm' && {
      banner: { js: `import { createRequire as own } from 'node:module'; const require = own(import.meta.url)` },
    }),
  })

/** Into several files, as rollup does for dynamic imports. */
const byRollup: Bundle = (folder, source, bundled, format) => {
  const plugins = ['-p', 'node-resolve', '-p', 'commonjs']
  const names = ['--entryFileNames', basename(bundled), '--chunkFileNames', `[name]${extname(bundled)}`]
  const rollup = join(ROOT, 'node_modules/rollup/dist/bin/rollup')
  const args = [source, ...plugins, '--external', 'better-sqlite3', '-f', format, '-d', folder, ...names, '--silent']
  return promisify(execFile)(process.execPath, [rollup, ...args])
}

describe.each([
  ['esbuild', byEsbuild],
  ['rollup', byRollup],
] as const)('an agent bundled by %s, with observeGoals in the bundle', (_, bundle) => {
  it.each([
    ['ESM', 'esm', 'agent.mjs'],
    ['CommonJS', 'cjs', 'agent.cjs'],
  ] as const)('delivers its changes at its exit, with goaltrace/register and without (%s)', async (_, format, name) => {
    const folder = mkdtempSync(join(SCRATCH, 'observing-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [source, bundled] = [join(folder, 'source.mjs'), join(folder, name)]
    writeFileSync(source, OBSERVING)
    await bundle(folder, source, bundled, format)
    const receiver = await Receiver.start()
    const env = { OTEL_BLRP_SCHEDULE_DELAY: '600000', GOALTRACE_EXIT_LIMIT: '20000' }
    for (const registered of [false, true]) {
      receiver.forget()
      const end = await new AgentFolder().start(receiver.url, [], env, bundled, registered).ended
      expect({ registered, ...end }).toMatchObject({ registered, code: 3, stderr: '' })
      expect(receiver.logs).toHaveLength(1)
    }
  })
})
