import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe } from 'vitest'

const root = join(import.meta.dirname, '../..')
const otelcol = join(root, '.cache/collector/otelcol')

/**
 * Whether an optional program is installed; where GOALTRACE_COLLECTOR_REQUIRED=1 requires it,
 * @throws {Error} where it is not.
 */
export function needed(program: string, hint: string): boolean {
  if (existsSync(program)) return true
  const missing = `there is no ${program}; ${hint}`
  if (process.env.GOALTRACE_COLLECTOR_REQUIRED === '1') throw new Error(missing)
  console.warn(`Skipped: ${missing}`)
  return false
}

/** A describe that is skipped where there is no Collector to run. */
export const describeWithCollector = describe.skipIf(!needed(otelcol, 'collector/build.sh builds it'))

/** The two configurations, by the name of their file in collector/. */
export const CONFIGS = ['config.yaml', 'config-codex-wire.yaml'] as const

export function textOf(config: string): string {
  return readFileSync(join(root, 'collector', config), 'utf8')
}

export const configText = textOf('config.yaml')

export interface Settings {
  readonly ANALYTICS_URL: string
  readonly ANALYTICS_TOKEN?: string
  readonly OTLP_BACKEND_URL?: string
  readonly TRACES_URL?: string
  readonly METRICS_URL?: string
  readonly LOGS_URL?: string
  readonly OTLP_BACKEND_HEADERS?: string
}

/** A Collector on loopback with its own folder, that can be killed and started again. */
export class Collector {
  readonly #folder = mkdtempSync(join(tmpdir(), 'goaltrace-collector-'))
  readonly #env: NodeJS.ProcessEnv
  readonly #ports: readonly number[]
  readonly #program: string
  #process: ChildProcess | undefined
  #log = ''

  static async start(settings: Settings, config = configText, program = otelcol): Promise<Collector> {
    const ports = await Promise.all(Array.from({ length: 5 }, freePort))
    const collector = new Collector(settings, config, ports, program)
    await collector.start()
    return collector
  }

  private constructor(settings: Settings, config: string, ports: readonly number[], program: string) {
    this.#program = program
    writeFileSync(join(this.#folder, 'config.yaml'), config)
    this.#ports = ports
    this.#env = {
      PATH: process.env.PATH,
      COLLECTOR_DATA: join(this.#folder, 'data'),
      COLLECTOR_GRPC: `127.0.0.1:${ports[0]}`,
      COLLECTOR_HTTP: `127.0.0.1:${ports[1]}`,
      COLLECTOR_HEALTH: `127.0.0.1:${ports[2]}`,
      COLLECTOR_INSIDE: `127.0.0.1:${ports[3]}`,
      COLLECTOR_METRICS_HOST: '127.0.0.1',
      COLLECTOR_METRICS_PORT: `${ports[4]}`,
      ...settings,
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.#ports[1]}`
  }

  /** Where it serves its own metrics: host and port. */
  get metrics(): string {
    return `127.0.0.1:${this.#ports[4]}`
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  async start(): Promise<void> {
    const child = spawn(this.#program, ['--config', join(this.#folder, 'config.yaml')], { env: this.#env })
    child.stderr.on('data', (text) => (this.#log += text))
    this.#process = child
    for (let tries = 0; tries < 300; tries++) {
      if (child.exitCode !== null) throw new Error(`The Collector did not start:\n${this.#log}`)
      if (await answers(`http://127.0.0.1:${this.#ports[2]}`)) return
      await sleep(100)
    }
    throw new Error(`The Collector was not ready within 30 s:\n${this.#log}`)
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
    rmSync(this.#folder, { recursive: true })
  }

  /** The lines of the dead-letter file. */
  refused(): unknown[] {
    const file = join(this.#folder, 'data/refused.jsonl')
    if (!existsSync(file)) return []
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }

  /** What it has logged since it was first started. */
  get log(): string {
    return this.#log
  }

  /** The status of the answer; 0 where there was none. */
  async post(signal: 'logs' | 'traces' | 'metrics', body: unknown): Promise<number> {
    try {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${this.url}/v1/${signal}`, { method: 'POST', headers, body: JSON.stringify(body) })
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }
}

/** Runs `otelcol validate` on one of the project's files. */
export async function validate(config: string, program = otelcol): Promise<{ code: number | null; said: string }> {
  const child = spawn(program, ['validate', '--config', join(root, 'collector', config)])
  let said = ''
  child.stderr.on('data', (text) => (said += text))
  const [code] = await once(child, 'exit')
  return { code, said }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

export async function until(condition: () => boolean | Promise<boolean>, seconds: number, what: string): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`Not within ${seconds} s: ${what}`)
    await sleep(50)
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  )
}
