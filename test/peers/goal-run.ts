import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import { root } from './peer.ts'

/** What agent.mjs is to make of its goal. */
export interface Change {
  readonly turn: string
  readonly status: string
  /** What it adds to the goal's totals; by default nothing. */
  readonly tokens?: number
  readonly seconds?: number
  /** Milliseconds until the next. */
  readonly pause: number
}

/** Two turns, each of which spends, with a pause between them. */
export const TWO_TURNS: readonly Change[] = [
  { turn: 'turn-1', status: 'active', pause: 400 },
  { turn: 'turn-1', status: 'active', tokens: 1200, seconds: 1, pause: 0 },
  { turn: 'turn-1', status: 'paused', pause: 300 },
  { turn: 'turn-2', status: 'active', pause: 500 },
  { turn: 'turn-2', status: 'active', tokens: 2400, seconds: 1, pause: 0 },
  { turn: 'turn-2', status: 'complete', tokens: 40, pause: 0 },
]

/** A change as the agent has written it down, in the transaction that made it. */
export interface Made {
  readonly n: number
  readonly turn: string
  readonly status: string
  /** The goal's total after it. */
  readonly tokens: number
  /** Milliseconds since 1970: before its statement, and after its commit where the agent lived so long. */
  readonly from_ms: number
  readonly to_ms: number | null
  /** Of the agent's own span in which it was made. */
  readonly trace_id: string | null
  readonly span_id: string | null
}

/** The goal's row. */
export interface GoalRow {
  readonly thread_id: string
  readonly goal_id: string
  readonly status: string
  readonly tokens_used: number
  readonly time_used_seconds: number
  readonly created_at_ms: number
  readonly updated_at_ms: number
}

/** A goal of agent.mjs, in a database and a state directory of its own, worked on by one process after another. */
export class GoalRun {
  readonly #folder = mkdtempSync(join(tmpdir(), 'goaltrace-peer-agent-'))
  readonly #changes: readonly Change[]
  readonly #env: NodeJS.ProcessEnv
  #output = ''

  /** @param env The only ones of OpenTelemetry's variables that the agent gets. */
  constructor(changes: readonly Change[], env: NodeJS.ProcessEnv) {
    this.#changes = changes
    const bare = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'))
    this.#env = {
      ...Object.fromEntries(bare),
      NODE_OPTIONS: '',
      GOALTRACE_STATE_DIR: this.#folder,
      GOALTRACE_EXIT_LIMIT: '20000',
      OTEL_SERVICE_NAME: 'peer-agent',
      ...env,
    }
  }

  /** What `goaltrace run` has printed on stderr. */
  get output(): string {
    return this.#output
  }

  /**
   * Runs the agent, which goes on with the goal's changes.
   * @param until The number of changes after which it ends; by default all.
   * @param killAt When it is killed; by default it lives to its end.
   */
  async go({
    spans = false,
    until = this.#changes.length,
    killAt,
  }: {
    spans?: boolean
    until?: number
    killAt?: Promise<void>
  } = {}) {
    const changes = JSON.stringify(this.#changes.slice(0, until))
    const agent = [process.execPath, 'test/peers/agent.mjs', this.#file, changes, ...(spans ? ['--spans'] : [])]
    // In a group of its own, as `run` and the agent are killed together.
    const child = spawn(process.execPath, ['bin/goaltrace.cjs', 'run', '--', ...agent], {
      cwd: root,
      env: this.#env,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    const [output, exit] = [text(child.stderr), once(child, 'exit')]
    if (killAt !== undefined) {
      await Promise.race([killAt, exit])
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL')
    }
    const [code] = await exit
    this.#output += await output
    if (killAt === undefined && code !== 0) throw new Error(`The agent ended with ${code}: ${this.#output}`)
  }

  made(): readonly Made[] {
    return this.#read('SELECT * FROM made ORDER BY n') as Made[]
  }

  row(): GoalRow {
    const [row] = this.#read('SELECT * FROM thread_goals') as GoalRow[]
    if (row === undefined) throw new Error('The agent has made no goal')
    return row
  }

  get #file(): string {
    return join(this.#folder, 'goals.db')
  }

  #read(sql: string): unknown[] {
    const db = new Database(this.#file, { readonly: true })
    try {
      return db.prepare(sql).all()
    } finally {
      db.close()
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
