import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fuzz } from './fuzz/run.ts'

/** Sends hostile inputs to a backend: node scripts/fuzz.ts [INPUTS] [SEED]. Exit code 1 where it fails. */
const [inputs = '100000', seed = '1'] = process.argv.slice(2)
const MOST_GROWTH = 20e6

const folder = mkdtempSync(join(tmpdir(), 'goaltrace-fuzz-'))
try {
  const startedAt = performance.now()
  const { statuses, failures, troubles, heap, stored } = await fuzz(
    join(folder, 'backend.db'),
    Number(inputs),
    Number(seed),
  )
  const seconds = (performance.now() - startedAt) / 1000
  console.log(
    `${inputs} inputs from seed ${seed} in ${seconds.toFixed(0)} s: ${JSON.stringify(statuses)}, ${stored} events stored`,
  )
  console.log(`heap ${heap.map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`).join(' after a third, ')} after all`)
  for (const line of [...failures, ...troubles].slice(0, 20)) console.log(line)
  process.exitCode = failures.length + troubles.length > 0 || heap[1] - heap[0] > MOST_GROWTH ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}
