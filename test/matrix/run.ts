import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { allCells, type Cell, nameOf, QUICK } from './cells.ts'
import { install, pack } from './install.ts'
import { newcomersTo, tryNewcomer } from './newcomer.ts'
import { supportedVersions, type Tried } from './page.ts'
import { tryWay } from './try-way.ts'
import { WAYS } from './ways.ts'

/**
 * goaltrace among the versions that people have: node test/matrix/run.ts [--quick] [PART_OF_A_CELL'S_NAME].
 * A whole run writes docs/supported-versions.md; the exit code is 1 where anything is not as promised.
 */
const PAGE = new URL('../../docs/supported-versions.md', import.meta.url)
const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean' } }, allowPositionals: true })
const [part = ''] = positionals
const cells = (values.quick ? QUICK : allCells()).filter((cell) => nameOf(cell).includes(part))

const tarball = await pack()
const tried: Tried[] = []
let failed = false
for (const cell of cells) tried.push({ cell, ways: await tryCell(cell) })
if (failed) process.exitCode = 1
else if (cells.length === allCells().length) {
  mkdirSync(new URL('.', PAGE), { recursive: true })
  writeFileSync(PAGE, supportedVersions(tried))
}

/** @returns the ways that hold. */
async function tryCell(cell: Cell): Promise<Set<string>> {
  const startedAt = performance.now()
  const holds = new Set<string>()
  const faults: string[] = []
  try {
    const installed = await install(cell, tarball)
    for (const way of WAYS.filter(({ fits }) => fits(cell))) {
      const wrong = await tryWay(cell, way, installed)
      if (wrong.length === 0) holds.add(way.name)
      for (const fault of wrong) faults.push(`${way.name}: ${fault}`)
    }
    for (const agent of newcomersTo(cell)) {
      const from = performance.now()
      const wrong = await tryNewcomer(agent, installed)
      if (wrong.length === 0) console.log(`       ${agent} is on the page after ${secondsSince(from)} s`)
      for (const fault of wrong) faults.push(`${agent}: ${fault}`)
    }
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error))
  }
  console.log(
    `${faults.length === 0 ? 'holds' : 'FAILS'}  ${nameOf(cell)}: ${[...holds].join(', ')} (${secondsSince(startedAt)} s)`,
  )
  for (const fault of faults) console.log(`       ${fault}`)
  failed ||= faults.length > 0
  return holds
}

function secondsSince(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(0)
}
