import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { median, putTable, thousands } from './figures.ts'
import { scratchFolder, startNode, startSink } from './processes/child.ts'

/**
 * What `goaltrace watch` and `goaltrace codex watch` take beside many sessions: node bench/watch-many.ts [SESSIONS] [STARTS] [--write].
 * Linux only: memory and processor time are what /proc says.
 */
const numbers = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const [SESSIONS = 10_000, STARTS = 3] = numbers.map(Number)
const SESSION_BYTES = 100_000
const PROJECTS = 100
/** Milliseconds after which a process that has nothing to do is at rest. */
const SETTLED_MS = 10_000
const REST_SECONDS = 60
const TICKS_PER_SECOND = 100
const EVENTS = 100
const ID = '01a223a0-8058-74b0-b0d6-000000000000'
const AT = '2026-11-28T19:27:31.000Z'
const TABLE = `CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL,
  status TEXT NOT NULL, token_budget INTEGER, tokens_used INTEGER NOT NULL, time_used_seconds INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`

/** Whole lines, about so many bytes in all as a session has. */
function sessionOf(message: object): string {
  const line = `${JSON.stringify(message)}\n`
  return line.repeat(Math.floor(SESSION_BYTES / line.length))
}

function writePi(home: string): void {
  const text = sessionOf({ type: 'message', id: 'a1b2c3d4', timestamp: AT, message: { content: 'x'.repeat(900) } })
  for (let n = 0; n < SESSIONS; n++) {
    const project = join(home, `.pi/agent/sessions/--work-${n % PROJECTS}--`)
    if (n < PROJECTS) mkdirSync(project, { recursive: true })
    writeFileSync(join(project, `2026-11-28T19-27-31-000Z_${ID.slice(0, -8)}${String(n).padStart(8, '0')}.jsonl`), text)
  }
}

function writeCodex(home: string): void {
  const text = sessionOf({ timestamp: AT, type: 'response_item', payload: { type: 'message', text: 'x'.repeat(900) } })
  for (let n = 0; n < SESSIONS; n++) {
    const [month, day] = [(n % 12) + 1, (n % 28) + 1].map((part) => String(part).padStart(2, '0'))
    const folder = join(home, `sessions/2026/${month}/${day}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, `rollout-2026-11-28T19-27-31-${ID.slice(0, -8)}${String(n).padStart(8, '0')}.jsonl`),
      text,
    )
  }
  const database = new Database(join(home, 'goals_1.sqlite'))
  database.pragma('journal_mode = WAL')
  database.exec(`${TABLE}; INSERT INTO thread_goals VALUES ('t', 'g', 'x', 'active', NULL, 0, 0, 0, 0)`)
  database.close()
}

/** What pi-goal-runtime writes of a goal after each turn. */
function goalLine(turn: number): string {
  const data = { version: 2, condition: 'x', status: 'running', startedAt: Date.parse(AT), totalTokensUsed: turn * 130 }
  const goal = { ...data, updatedAt: Date.now(), turns: turn, totalCostUsed: 0, hooks: [], history: [] }
  const id = turn.toString(16).padStart(8, '0')
  return `${JSON.stringify({ type: 'custom', customType: 'pi-goal-runtime', data: goal, id, timestamp: AT })}\n`
}

/** Milliseconds from its start until it watches. */
async function started(child: ChildProcess): Promise<number> {
  const before = performance.now()
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += chunk
    if (text.includes('Ctrl-C')) break
  }
  return performance.now() - before
}

function startOf(ms: number, seconds: number): string[] {
  return [`${thousands(ms)} ms`, `${thousands(seconds * 1000)} ms`]
}

async function stopped(child: ChildProcess): Promise<void> {
  const closed = once(child, 'exit')
  child.kill('SIGINT')
  await closed
}

function ofProcess({ pid }: ChildProcess, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8')
}

/** As `ps` says it, as a share of what is used by several processes, and what is this one's alone. */
function memoryOf(child: ChildProcess): string[] {
  const rollup = ofProcess(child, 'smaps_rollup')
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1])
  return [of('Rss'), of('Pss'), of('Private_Clean') + of('Private_Dirty')].map((kb) => `${(kb / 1024).toFixed(1)} MB`)
}

/** Seconds of processor time that it has taken so far. */
function secondsOf(child: ChildProcess): number {
  const fields = ofProcess(child, 'stat').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Percent of a core that it takes at rest. */
async function restOf(child: ChildProcess): Promise<string> {
  const before = secondsOf(child)
  await sleep(REST_SECONDS * 1000)
  return `${((100 * (secondsOf(child) - before)) / REST_SECONDS).toFixed(2)} %`
}

const folder = scratchFolder()
const sink = await startSink()
const home = join(folder, 'home')
const codex = join(folder, 'codex')
const env = { HOME: home, CODEX_HOME: codex, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url }
const head = ['what', 'watches after', 'processor time', 'RSS', 'PSS', 'private', 'of a core at rest']
const rows: string[][] = []

async function measured(what: string, args: readonly string[], isFirst: boolean): Promise<ChildProcess> {
  const start = (state: string) =>
    startNode(['bin/goaltrace.cjs', ...args], { ...env, GOALTRACE_STATE_DIR: join(folder, state) })
  const took: number[] = []
  const worked: number[] = []
  for (let n = 0; ; n++) {
    const child = start(isFirst ? `${args.join('')}-${n}` : `${args.join('')}-0`)
    took.push(await started(child))
    worked.push(secondsOf(child))
    if (n < STARTS - 1) {
      await stopped(child)
      continue
    }
    await sleep(SETTLED_MS)
    const memory = memoryOf(child)
    rows.push([what, ...startOf(median(took), median(worked)), ...memory, await restOf(child)])
    return child
  }
}

const bare = startNode(['-e', "console.log('Ctrl-C'); setInterval(() => {}, 1e6)"])
const bareStart = startOf(await started(bare), secondsOf(bare))
await sleep(SETTLED_MS)
rows.push(['Node alone', ...bareStart, ...memoryOf(bare), ''])

writePi(home)
const pi = ['watch', '--preset', 'pi']
await stopped(await measured('`watch --preset pi`, its first start', pi, true))
const watch = await measured('its next starts', pi, false)
const file = join(home, '.pi/agent/sessions/--work-0--', `2026-11-28T19-27-32-000Z_${ID}.jsonl`)
appendFileSync(file, `${JSON.stringify({ type: 'session', version: 3, id: ID, timestamp: AT, cwd: '/work' })}\n`)
for (let turn = 0; turn < EVENTS; turn++) {
  appendFileSync(file, goalLine(turn))
  await sleep(20)
}
for (let looks = 0; (await sink.received()).logs < EVENTS; looks++) {
  if (looks > 300) throw new Error(`of ${EVENTS} events ${(await sink.received()).logs} arrived within a minute`)
  await sleep(200)
}
await sleep(SETTLED_MS)
rows.push([`and at rest after ${EVENTS} events`, '', '', ...memoryOf(watch), ''])
await stopped(watch)
rmSync(home, { recursive: true })

writeCodex(codex)
await stopped(await measured('`codex watch`', ['codex', 'watch'], true))
bare.kill()
sink.stop()
putTable('watch many', [head, ...rows], process.argv.includes('--write'))
