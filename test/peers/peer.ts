import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { until } from '../collector/collector.ts'

export const root = join(import.meta.dirname, '../..')
export const installed = join(root, '.cache/peers')

/** Another project's program, in a folder of its own. */
export class Peer {
  readonly folder: string
  readonly #child: ChildProcess

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder
    this.#child = child
  }

  /** @param ready An address that answers 200 when it has started. */
  static async start(command: (folder: string) => readonly string[], ready: string, env: NodeJS.ProcessEnv = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'goaltrace-peer-'))
    const [program = '', ...args] = command(folder)
    const log = openSync(join(folder, 'log'), 'a')
    // In a group of its own: a server may start others.
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    })
    const peer = new Peer(folder, child)
    try {
      await until(async () => (await fetch(ready).catch(() => undefined))?.ok === true, 120, `${program} answers`)
      return peer
    } catch (error) {
      await peer[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      process.kill(-(this.#child.pid ?? 0), 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

interface Step {
  readonly what: string
  /** Milliseconds since 1970, before the statement and after it. */
  readonly from: number
  readonly to: number
}

export interface GoalRun {
  readonly thread: string
  readonly goal: string
  readonly steps: readonly [Step, Step, Step, Step, Step, Step]
  /** What `goaltrace run` printed on stderr. */
  readonly output: string
}

/** agent.mjs under `goaltrace run`, with only these of OpenTelemetry's variables. */
export async function goalUnder(env: NodeJS.ProcessEnv): Promise<GoalRun> {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-peer-agent-'))
  const bare = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_')))
  const args = ['bin/goaltrace.cjs', 'run', '--', process.execPath, 'test/peers/agent.mjs', join(folder, 'goals.db')]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env: {
      ...bare,
      NODE_OPTIONS: '',
      GOALTRACE_STATE_DIR: folder,
      GOALTRACE_EXIT_LIMIT: '20000',
      OTEL_SERVICE_NAME: 'peer-agent',
      ...env,
    },
  })
  rmSync(folder, { recursive: true, force: true })
  return { ...JSON.parse(stdout), output: stderr }
}

/** A span, from whichever backend it was read. */
export interface Span {
  readonly name: string
  readonly traceId: string
  readonly id: string
  readonly parent: string | undefined
  /** Milliseconds since 1970. */
  readonly start: number
  readonly end: number
}

/** One trace with the goal at its root, its phases and turns below, and the times of the agent's own statements. */
export function expectGoalTrace(spans: readonly Span[], { steps }: GoalRun): void {
  const [created, , paused, resumed, , complete] = steps
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  expect(new Set(spans.map(({ id }) => id)).size).toBe(spans.length)
  const [goal, ...more] = spans.filter(({ parent }) => parent === undefined)
  expect([goal?.name, more]).toEqual([expect.stringMatching(/^goal\b/), []])
  const children = spans.filter(({ parent }) => parent === goal?.id)
  expect(children).toHaveLength(spans.length - 1)
  const named = (name: string) =>
    children.filter((span) => span.name === name).sort((one, other) => one.start - other.start)
  const phases = [...named('active'), ...named('paused')].sort((one, other) => one.start - other.start)
  expect(phases.map(({ name }) => name)).toEqual(['active', 'paused', 'active'])
  const others = children.filter((span) => !phases.includes(span)).map(({ name }) => name)
  // The span of the change that created it, and its turns.
  expect(others.sort()).toEqual(['create_goal', 'turn', 'turn'])
  const during = (time: number | undefined, { from, to }: Step) => {
    expect(time).toBeGreaterThanOrEqual(from - 1)
    expect(time).toBeLessThanOrEqual(to + 1)
  }
  during(goal?.start, created)
  during(goal?.end, complete)
  const edges = [created, paused, resumed, complete] as const
  for (const [n, phase] of phases.entries()) {
    during(phase.start, edges[n] as Step)
    during(phase.end, edges[n + 1] as Step)
  }
}

export async function asked<T>(url: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(url, init)
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}
