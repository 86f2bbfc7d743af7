import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { scratchFolder } from '../backend/running-backend.ts'

const ROUNDS = 500
const AGENT = join(import.meta.dirname, 'mapping-agent.ts')

it('two processes that map the same table at once: one creates the file, and the other finds it whole', async () => {
  const folder = scratchFolder()
  // As a third process reads it in the moment in which it appears.
  const broken: string[] = []
  const watcher = watch(folder, (_, file) => {
    if (!/^\d+\.json$/.test(file ?? '')) return
    const found = readFileSync(join(folder, file as string), 'utf8')
    if (!found.endsWith('}\n')) broken.push(`${file}: ${found}`)
  })
  onTestFinished(() => watcher.close())
  const outcomes = await Promise.all(
    ['goals', 'goals'].map(async (table) => {
      const agent = spawn(process.execPath, [AGENT, folder, table, String(ROUNDS)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [out] = await Promise.all([text(agent.stdout), once(agent, 'exit')])
      return JSON.parse(out) as string[]
    }),
  )
  const pairs = Array.from({ length: ROUNDS }, (_, round) =>
    outcomes
      .map((of) => of[round])
      .sort()
      .join(' '),
  )
  expect([...new Set(pairs)]).toEqual(['created there'])
  expect(broken).toEqual([])
  const files = readdirSync(folder)
  // No draft is left.
  expect(files).toHaveLength(ROUNDS)
  for (const file of files) expect(JSON.parse(readFileSync(join(folder, file), 'utf8')).tables).toHaveLength(1)
})
