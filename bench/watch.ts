import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/**
 * What `goaltrace watch` costs while another process writes: node bench/watch.ts. Each row is a writer of so many changes a
 * second over so many threads of goals, one a commit; CPU is of the watching process, delivery to a receiver included.
 */
const SECONDS = 10
const TICKS_PER_SECOND = 100
interface Row {
  readonly rate: number
  readonly goals: number
  /** Loops that take what they get of the processor beside it. */
  readonly busy?: number
}
const ROWS: readonly Row[] = [
  { rate: 0, goals: 20 },
  { rate: 20, goals: 20 },
  { rate: 200, goals: 20 },
  { rate: 2000, goals: 20 },
  { rate: 2000, goals: 5000 },
  { rate: 2000, goals: 20, busy: 4 },
]
/** Looks in a row at which nothing more has arrived, after which nothing more is expected. */
const QUIET_LOOKS = 6

const WRITER = `
const Database = require('better-sqlite3')
const [file, rate, goals, seconds] = process.argv.slice(1)
const database = new Database(file)
database.pragma('journal_mode = WAL')
database.pragma('synchronous = NORMAL')
database.exec(\`CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL,
  status TEXT NOT NULL, token_budget INTEGER, tokens_used INTEGER NOT NULL, time_used_seconds INTEGER NOT NULL)\`)
const insert = database.prepare(\`INSERT INTO thread_goals VALUES (?, ?, ?, 'active', NULL, 0, 0)\`)
database.transaction(() => { for (let n = 0; n < goals; n++) insert.run('thread-' + n, 'goal-' + n, 'x'.repeat(200)) })()
const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 7 WHERE thread_id = ?')
process.stdout.write('ready')
process.stdin.once('data', () => {
  const started = Date.now()
  let written = 0
  const timer = setInterval(() => {
    const elapsed = Math.min(seconds * 1000, Date.now() - started)
    for (; written < (elapsed * rate) / 1000; written++) spend.run('thread-' + ((written * 7919) % goals))
    if (elapsed < seconds * 1000) return
    clearInterval(timer)
    process.stdout.write(String(written))
    process.stdin.once('data', () => process.exit(0))
  }, 1)
})`

/** Seconds of CPU that a process has taken so far. */
function cpuOf({ pid }: ChildProcess): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const parts = fields.split(' ')
  return (Number(parts[11]) + Number(parts[12])) / TICKS_PER_SECOND
}

async function measured({ rate, goals, busy = 0 }: Row): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-bench-watch-'))
  const file = join(folder, 'goals.db')
  let [records, inferred] = [0, 0]
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    if (request.url === '/v1/logs') {
      records += text.split('"eventName"').length - 1
      inferred += text.split('"inferred"').length - 1
    }
    response.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const writer = spawn(process.execPath, ['-e', WRITER, file, String(rate), String(goals), String(SECONDS)])
  await once(writer.stdout, 'data')
  const cli = fileURLToPath(new URL('../bin/goaltrace.cjs', import.meta.url))
  const watcher = spawn(process.execPath, [cli, 'watch', file], {
    env: {
      ...process.env,
      GOALTRACE_STATE_DIR: join(folder, 'state'),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(watcher.stdout, 'data')
  await sleep(500)
  const loops = Array.from({ length: busy }, () => spawn(process.execPath, ['-e', 'for (;;);']))
  const before = cpuOf(watcher)
  writer.stdin.write('x')
  const written = Number(String(await once(writer.stdout, 'data')))
  for (let [looks, last] = [0, -1]; looks < QUIET_LOOKS; looks++) {
    if (records !== last) looks = 0
    last = records
    await sleep(500)
  }
  for (const loop of loops) loop.kill('SIGKILL')
  const cpu = cpuOf(watcher) - before
  writer.stdin.write('x')
  watcher.kill('SIGINT')
  await once(watcher, 'close')
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
  const beside = busy > 0 ? `, beside ${busy} busy loops` : ''
  const share = ((100 * cpu) / SECONDS).toFixed(1)
  return `${rate}/s, ${goals} goals${beside}: ${share} % of a core, ${records} of ${written} delivered, ${inferred} inferred`
}

const only = process.argv[2]
for (const [n, row] of ROWS.entries()) if (only === undefined || n === Number(only)) console.log(await measured(row))
