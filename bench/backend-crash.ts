import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { goalRecord, logs } from '../test/backend/goal-records.ts'
import { encode } from '../test/backend/otlp-encoder.ts'
import { type Figure, tableOf, thousands } from './figures.ts'
import { firstLineOf, scratchFolder, startNode } from './processes/child.ts'

/**
 * A backend is killed with -9 again and again while senders post, large batches and single events, in JSON and protobuf;
 * unanswered requests are sent again, as a relay does: node bench/backend-crash.ts [KILLS].
 */
const [KILLS = 100] = import.meta.main ? process.argv.slice(2).map(Number) : []

const SIZES = [1, 1, 1, 20, 200, 1000]
const LONGEST_LIFE_MS = 1000

export interface BackendCrashCount {
  /** Events whose request was answered 200. */
  readonly answered: number
  /** Answered, not stored. */
  readonly lost: number
  /** Stored more than once. */
  readonly doubled: number
  /** Requests that are only partly stored. */
  readonly torn: number
  /** Goals whose count differs from their number of events. */
  readonly wrongGoals: number
}

export async function crashBackend(kills = KILLS, progress = (_: string) => {}): Promise<BackendCrashCount> {
  const folder = scratchFolder()
  try {
    return await crashIn(join(folder, 'backend.db'), kills, progress)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function crashIn(file: string, kills: number, progress: (line: string) => void): Promise<BackendCrashCount> {
  let [backend, port] = await start(file, '0')
  const answered = new Map<string, number>()
  let ended = false
  const senders = SIZES.map(async (size, sender) => {
    for (let batch = 0; !ended; batch++) {
      const name = `${String(batch).padStart(8, '0')}-${sender}`
      while (!ended) {
        if (await isTaken(port, name, size, sender % 2 === 0)) {
          answered.set(name, size)
          break
        }
        await sleep(5)
      }
    }
  })
  for (let kill = 1; kill <= kills; kill++) {
    await sleep(Math.random() * LONGEST_LIFE_MS)
    backend.kill('SIGKILL')
    if (backend.signalCode === null) await once(backend, 'exit')
    ;[backend] = await start(file, port)
    progress(`${kill} of ${kills} kills, ${thousands(answered.size)} requests answered`)
  }
  ended = true
  await Promise.all(senders)
  backend.kill('SIGKILL')
  await once(backend, 'exit')
  return compare(file, answered)
}

async function start(file: string, port: string): Promise<[ChildProcess, string]> {
  const child = startNode(['bench/processes/backend.ts', file, port])
  return [child, await firstLineOf(child)]
}

async function isTaken(port: string, name: string, size: number, json: boolean): Promise<boolean> {
  const records = Array.from({ length: size }, (_, at) =>
    goalRecord({ 'log.record.uid': `${name}-${at}`, 'agent_goal.id': `goal-${at % 10}` }),
  )
  const request = logs(...records)
  const answer = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': json ? 'application/json' : 'application/x-protobuf' },
    body: json ? JSON.stringify(request) : Buffer.from(encode('Logs', request)),
  }).catch(() => undefined)
  await answer?.arrayBuffer().catch(() => undefined)
  return answer?.status === 200
}

function compare(file: string, answered: ReadonlyMap<string, number>): BackendCrashCount {
  const database = new Database(file)
  const stored = new Map<string, number>()
  let doubled = 0
  for (const row of database.prepare('SELECT uid, count(*) AS n FROM event GROUP BY uid').iterate()) {
    const { uid, n } = row as { uid: string; n: number }
    const name = uid.slice(0, uid.lastIndexOf('-'))
    stored.set(name, (stored.get(name) ?? 0) + 1)
    doubled += n - 1
  }
  const wrongGoals = database
    .prepare(`
      SELECT count(*) FROM goal g WHERE events <>
        (SELECT count(*) FROM event e WHERE e.thread_id = g.thread_id AND e.goal_id = g.goal_id)`)
    .pluck()
    .get() as number
  const integrity = database.pragma('integrity_check', { simple: true })
  if (integrity !== 'ok') throw new Error(`The backend's file is broken: ${integrity}`)
  database.close()
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0)
  return {
    answered: sum(answered.values()),
    lost: sum([...answered].map(([name, size]) => size - (stored.get(name) ?? 0))),
    doubled,
    torn: [...stored].filter(([name, count]) => count !== SIZES[Number(name.split('-')[1])]).length,
    wrongGoals,
  }
}

export function backendCrashFigures(kills: number, count: BackendCrashCount): Figure[] {
  const { answered, lost, doubled, torn, wrongGoals } = count
  return [
    {
      what: `backend killed with -9, ${kills} times, while six senders post`,
      measured: `${lost} lost, ${doubled} doubled, ${torn} torn, ${wrongGoals} goals wrong, of ${thousands(answered)}`,
      reach: '0, 0, 0, 0',
      reached: lost + doubled + torn + wrongGoals === 0 && answered > 0,
    },
  ]
}

if (import.meta.main) {
  const count = await crashBackend(KILLS, (line) => process.stderr.write(`\r${line}  `))
  process.stderr.write('\n')
  const figures = backendCrashFigures(KILLS, count)
  console.log(tableOf(figures))
  process.exitCode = figures.some(({ reached }) => !reached) ? 1 : 0
}
