import { once } from 'node:events'
import { join } from 'node:path'
import { median, putTable } from './figures.ts'
import { outputOf, REGISTER, scratchFolder, startNode, startSink } from './processes/child.ts'

/**
 * Where the time of an exit goes, in an agent that calls process.exit() with a hundred events pending: alone, and beside four
 * busy loops, in alternating rounds: node bench/exit-parts.ts [ROUNDS] [--write].
 */
const [ROUNDS = 15] = process.argv.slice(2).map(Number).filter(Number.isInteger)
const BUSY = 4

/** The steps that exit-notes.mjs sees, in order, and what has happened until then. */
const PARTS: Readonly<Record<string, string>> = {
  connection: 'pending rows are read, the connection is opened',
  context: 'a context is made',
  script: 'the script is compiled',
  'sent /v1/logs': 'it has run, log records are made and sent',
  'answered /v1/logs': 'the receiver has answered: the events are delivered',
  'answered /v1/metrics': 'so are spans and metrics',
  end: 'the checkpoint is in the database',
  gone: 'Node ends the process',
}

/** Milliseconds, of time and of the processor's, of each part. */
type Parts = ReadonlyMap<string, readonly [time: number, processor: number]>

const sink = await startSink()
const folder = scratchFolder()
let agents = 0
const alone: Parts[] = []
const beside: Parts[] = []
for (let round = 0; round < ROUNDS; round++) {
  alone.push(await exit())
  const loops = Array.from({ length: BUSY }, () => startNode(['-e', 'for (;;);']))
  beside.push(await exit())
  for (const loop of loops) loop.kill('SIGKILL')
  await Promise.all(loops.map((loop) => once(loop, 'exit')))
}
sink.stop()

const figure = (rounds: readonly Parts[], part: string, which: 0 | 1) =>
  median(rounds.map((parts) => parts.get(part)?.[which] ?? Number.NaN))
const rows = [...Object.entries(PARTS), ['all', 'in all'] as const].map(([part, what]) => {
  const processor = part === 'gone' ? '' : figure(alone, part, 1).toFixed(1)
  return [what, processor, figure(alone, part, 0).toFixed(1), figure(beside, part, 0).toFixed(1)]
})
const head = ['milliseconds', 'processor time', 'alone', `beside ${BUSY} busy loops`]
putTable('exit parts', [head, ...rows], process.argv.includes('--write'))

async function exit(): Promise<Parts> {
  const name = String(agents++)
  const env = {
    GOALTRACE_STATE_DIR: join(folder, 'state'),
    GOALTRACE_EXIT_LIMIT: '60000',
    OTEL_BLRP_SCHEDULE_DELAY: '600000',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
  }
  const agent = ['bench/agents/ending-agent.mjs', join(folder, `${name}.sqlite`), '100', 'exit']
  const child = startNode(['--import', './bench/processes/exit-notes.mjs', ...REGISTER, ...agent], env)
  const ended = once(child, 'exit').then(() => performance.timeOrigin + performance.now())
  const output = await outputOf(child)
  const notes: [string, number, number][] = JSON.parse(output.trim().split('\n').at(-1) ?? '[]')
  const known = notes.filter(([step]) => step === 'exit' || step in PARTS)
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined || known.length !== Object.keys(PARTS).length) {
    throw new Error(`the steps of an exit are not what they were: ${notes.map(([step]) => step).join(', ')}`)
  }
  const parts = known.slice(1).map(([step, at, used], n) => {
    const [, before, usedBefore] = known[n] ?? first
    return [step, [at - before, used - usedBefore]] as const
  })
  const gone = await ended
  return new Map([
    ...parts,
    ['gone', [gone - last[1], 0]] as const,
    ['all', [gone - first[1], last[2] - first[2]]] as const,
  ])
}
