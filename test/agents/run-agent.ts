import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'

const AGENT = 'test/agents/agent.mjs'
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The delay is far beyond the agent's run, so that only the exit itself can deliver, with all the time of a busy machine. */
export const LATE = { OTEL_BLRP_SCHEDULE_DELAY: '600000', GOALTRACE_EXIT_LIMIT: '20000' }

export interface AgentRun {
  readonly child: ChildProcess
  /** Resolves when it has ended. */
  readonly ended: Promise<AgentEnd>
  /** Resolves when its output contains this. */
  prints(text: string): Promise<void>
}

export interface AgentEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder with an agent's database and goaltrace's state, deleted after the test. */
export class AgentFolder {
  readonly path: string
  readonly file: string
  readonly state: string

  constructor(within = tmpdir()) {
    this.path = mkdtempSync(join(within, 'goaltrace-agent-'))
    this.file = join(this.path, 'goals.sqlite')
    this.state = join(this.path, 'state')
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }))
  }

  /** Starts an agent; by default the usual one, under `--import goaltrace/register` where an endpoint is given. */
  start(
    endpoint: string | undefined,
    args: readonly (string | number)[],
    env: NodeJS.ProcessEnv = {},
    script = AGENT,
    registered = endpoint !== undefined && script === AGENT,
  ): AgentRun {
    const register = registered ? ['--import', 'goaltrace/register'] : []
    const child = spawn(process.execPath, [...register, script, this.file, ...args.map(String)], {
      cwd: ROOT,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        GOALTRACE_STATE_DIR: this.state,
        OTEL_SERVICE_NAME: 'agent',
        OTEL_BLRP_SCHEDULE_DELAY: '50',
        ...(endpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
        ...env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = once(child, 'close').then(([code, signal]) => ({
      code,
      signal,
      stdout,
      stderr,
    }))
    const prints = async (text: string) => {
      while (!stdout.includes(text)) {
        if (child.exitCode !== null) throw new Error(`the agent ended without printing "${text}": ${stderr}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    return { child, ended, prints }
  }

  run(
    endpoint: string | undefined,
    args: readonly (string | number)[],
    env?: NodeJS.ProcessEnv,
    script?: string,
  ): Promise<AgentEnd> {
    return this.start(endpoint, args, env, script).ended
  }

  /** How many changes of goals the agent's own table says it has committed: each is one event. */
  committed(): number {
    return Number(this.rows('SELECT count(*) AS count FROM committed')[0]?.count)
  }

  rows(sql: string): Record<string, unknown>[] {
    const witness = new Database(this.file, { fileMustExist: true })
    try {
      return witness.prepare(sql).all() as Record<string, unknown>[]
    } finally {
      witness.close()
    }
  }
}
