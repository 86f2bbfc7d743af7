import { type Figure, tableOf } from './figures.ts'
import { outputOf, REGISTER, startNode } from './processes/child.ts'

/** What `--import goaltrace/register` costs statements that change no goal: node bench/untouched.ts [ROUNDS]. */
const [ROUNDS = 40] = import.meta.main ? process.argv.slice(2).map(Number) : []

/** Target relative to the time without goaltrace, for statements that do not concern it. */
const REACH = 1.02
/** It has to check whether a schema or one of its triggers is concerned: measured, without a target. */
const LOOKED_AT = /another table|prepared/

export async function untouchedFigures(rounds = ROUNDS): Promise<Figure[]> {
  const output = await outputOf(startNode([...REGISTER, 'bench/processes/untouched.ts', String(rounds)]))
  const figures = JSON.parse(output) as Record<string, { ratio: number; us: number; bareUs: number }>
  return Object.entries(figures).map(([what, { ratio, us, bareUs }]) => ({
    what,
    measured: `x${ratio.toFixed(2)} (${us.toFixed(2)} µs of ${bareUs.toFixed(2)} µs)`,
    ...(!LOOKED_AT.test(what) && { reach: `x${REACH}`, reached: Number(ratio.toFixed(2)) <= REACH }),
  }))
}

if (import.meta.main) console.log(tableOf(await untouchedFigures()))
