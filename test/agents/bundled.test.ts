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
