import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { type Figure, tableOf, thousands } from './figures.ts'
import { firstLineOf, REGISTER, scratchFolder, startNode } from './processes/child.ts'
import { FailingBackend } from './processes/failing-backend.ts'

/**
 * An agent under `--import goaltrace/register` is killed with -9 again and again, while the backend is down a third of
 * the time. What the agent has committed is then compared with what the backend has stored:
 * node bench/crash.ts [KILLS] [MUTATIONS_PER_SECOND]. The rate is what the agent aims at; it spends some of its short run starting.
 */
const [KILLS = 100, RATE = 2400] = import.meta.main ? process.argv.slice(2).map(Number) : []

const LONGEST_LIFE_MS = 1200
/** Without a further event for this long the delivery has ended, or is stuck. */
const PATIENCE_MS = 20_000

export interface CrashCount {
  readonly committed: number
  readonly stored: number
  /** Committed, not stored. */
  readonly lost: number
  /** Stored more often than committed. */
  readonly doubled: number
  /** Stored, never committed. */
  readonly extra: number
  /** Per second of the agent's running time. */
  readonly mutations: number
  readonly downShare: number
}

export async function crash(kills = KILLS, rate = RATE, progress = (_: string) => {}): Promise<CrashCount> {
  const folder = scratchFolder()
  try {
    return await crashIn(folder, kills, rate, progress)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function crashIn(
  folder: string,
  kills: number,
  rate: number,
  progress: (line: string) => void,
): Promise<CrashCount> {
  const [goals, events] = [join(folder, 'goals.sqlite'), join(folder, 'backend.sqlite')]
  const backend = await FailingBackend.start(events)
  const startAgent = async (mutationsPerSecond: number) => {
    const agent = startNode([...REGISTER, 'bench/agents/counting-agent.mjs', goals, String(mutationsPerSecond)], {
      GOALTRACE_STATE_DIR: join(folder, 'state'),
      OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
      OTEL_SERVICE_NAME: 'counting-agent',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
    })
    await firstLineOf(agent)
    return agent
  }
  backend.fail()
  let livedMs = 0
  for (let kill = 1; kill <= kills; kill++) {
    const agent = await startAgent(rate)
    const startedAt = performance.now()
    await sleep(Math.random() * LONGEST_LIFE_MS)
    livedMs += performance.now() - startedAt
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    progress(`${kill} of ${kills} kills, backend down ${percent(backend.downShare)} of the time`)
  }
  const { downShare } = backend
  await backend.recover()

  const last = await startAgent(0)
  const committed = rowsOf(goals, 'SELECT thread_id, kind, tokens FROM committed')
  await delivered(committed.length, events, progress)
  // Duplicates get time to arrive.
  await sleep(1000)
  last.kill('SIGKILL')
  await once(last, 'exit')
  await backend.kill()
  const stored = rowsOf(events, 'SELECT thread_id, event_kind, tokens_used FROM event')
  const mutations = committed.filter((change) => !change.includes('status_changed')).length / (livedMs / 1000)
  return { ...compare(committed, stored), mutations, downShare }
}

async function delivered(committed: number, events: string, progress: (line: string) => void): Promise<void> {
  let stored = 0
  for (let since = performance.now(); stored < committed && performance.now() - since < PATIENCE_MS; ) {
    await sleep(100)
    const now = rowsOf(events, 'SELECT count(*) FROM event').map(Number)[0] ?? 0
    if (now > stored) since = performance.now()
    stored = now
    progress(`${thousands(stored)} of ${thousands(committed)} events stored`)
  }
}

/** Each row as one text. */
function rowsOf(file: string, sql: string): string[] {
  const database = new Database(file, { fileMustExist: true })
  try {
    const rows = database.prepare(sql).raw().all() as unknown[][]
    return rows.map((row) => row.join(' '))
  } finally {
    database.close()
  }
}

function compare(committed: readonly string[], stored: readonly string[]) {
  const changes = new Set(committed)
  const events = new Set(stored)
  if (changes.size < committed.length)
    throw new Error('the agent has committed a change twice: compare nothing with that')
  return {
    committed: committed.length,
    stored: stored.length,
    lost: [...changes].filter((change) => !events.has(change)).length,
    doubled: stored.length - events.size,
    extra: [...events].filter((event) => !changes.has(event)).length,
  }
}

export function crashFigures(kills: number, count: CrashCount): Figure[] {
  const { committed, lost, doubled, extra, mutations, downShare } = count
  return [
    {
      what: `kill -9, ${kills} times, at ${thousands(mutations)} mutations/s, backend down ${percent(downShare)} of the time`,
      measured: `${lost} lost, ${doubled} doubled, ${extra} never committed, of ${thousands(committed)}`,
      reach: '0, 0, 0',
      reached: lost + doubled + extra === 0,
    },
  ]
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** One line that is rewritten; nothing without a terminal. */
export function onTerminal(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`)
}

if (import.meta.main) {
  const count = await crash(KILLS, RATE, onTerminal)
  onTerminal('')
  const figures = crashFigures(KILLS, count)
  console.log(tableOf(figures))
  process.exitCode = figures.every(({ reached }) => reached) ? 0 : 1
}
