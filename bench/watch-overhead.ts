import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'

/**
 * What it costs an agent to be watched: node bench/watch-overhead.ts. A writer commits with and without a watch, in turn.
 */
const ROUNDS = 12
const COMMITS = 400

const CLI = fileURLToPath(new URL('../bin/goaltrace.cjs', import.meta.url))
const TABLE = `CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL,
  status TEXT NOT NULL, token_budget INTEGER, tokens_used INTEGER NOT NULL, time_used_seconds INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`

/** Commits one change every other millisecond when it is asked to, and prints the microseconds that each took. */
const WRITER = `
const Database = require('better-sqlite3')
const database = new Database(process.argv[1])
const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 7, updated_at_ms = ?')
process.stdin.on('data', (chunk) => {
  let left = Number(chunk)
  const took = []
  const timer = setInterval(() => {
    const before = process.hrtime.bigint()
    spend.run(Date.now())
    took.push(Number(process.hrtime.bigint() - before) / 1000)
    if (--left > 0) return
    clearInterval(timer)
    process.stdout.write(JSON.stringify(took))
  }, 2)
})
process.stdout.write('ready')`

function newDatabase(file: string): void {
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.exec(`${TABLE}; INSERT INTO thread_goals VALUES ('t', 'g', 'x', 'active', NULL, 0, 0, 0, 0)`)
  database.close()
}

function started(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  // Nothing listens there: a watch has to go on without.
  const own = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...env }
  return spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...own },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

async function watches(child: ChildProcess): Promise<void> {
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += chunk
    if (text.includes('Ctrl-C')) break
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const closed = once(child, 'exit')
  child.kill('SIGINT')
  await closed
}

function quantile(values: readonly number[], of: number): string {
  return (values.toSorted((one, other) => one - other)[Math.floor(values.length * of)] ?? 0).toFixed(0)
}

async function latency(folder: string): Promise<void> {
  const file = join(folder, 'goals.db')
  newDatabase(file)
  const writer = spawn(process.execPath, ['-e', WRITER, file])
  await once(writer.stdout, 'data')
  const round = async () => {
    writer.stdin.write(String(COMMITS))
    let text = ''
    while (!text.endsWith(']')) text += (await once(writer.stdout, 'data'))[0]
    return JSON.parse(text) as number[]
  }
  const alone: number[] = []
  const watched: number[] = []
  let locks = 0
  await round()
  for (let n = 0; n < ROUNDS; n++) {
    alone.push(...(await round()))
    const watch = started(['watch', file], { GOALTRACE_STATE_DIR: join(folder, 'state') })
    await watches(watch)
    watched.push(...(await round()))
    const inodes = ['', '-wal', '-shm'].map((more) => `:${statSync(`${file}${more}`).ino} `)
    const own = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${watch.pid} `))
    locks += own.filter((line) => inodes.some((inode) => line.includes(inode))).length
    await ended(watch)
  }
  writer.kill()
  console.log(
    `a commit alone:   p50 ${quantile(alone, 0.5)} µs, p90 ${quantile(alone, 0.9)} µs, p99 ${quantile(alone, 0.99)} µs`,
  )
  console.log(
    `a commit watched: p50 ${quantile(watched, 0.5)} µs, p90 ${quantile(watched, 0.9)} µs, p99 ${quantile(watched, 0.99)} µs`,
  )
  console.log(`locks of the watch on the agent's files: ${locks}`)
}

const folder = mkdtempSync(join(tmpdir(), 'goaltrace-bench-overhead-'))
try {
  await latency(folder)
} finally {
  rmSync(folder, { recursive: true })
}
