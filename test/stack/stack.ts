import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { Collector, freePort } from '../collector/collector.ts'

/** The addresses by which docker-compose.yml's services find each other. */
const COLLECTOR = 'collector:8888'

export const root = join(import.meta.dirname, '../..')

interface Service {
  readonly command: readonly string[]
  readonly volumes: readonly string[]
}

/** Whether build.sh has built a program. */
export const isBuilt = (name: string) => existsSync(programOf(name))

const programOf = (name: string) => join(root, '.cache/stack', name)

export const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8')) as {
  readonly services: Readonly<Record<string, Service>>
}

/** What docker-compose.yml runs, as processes on loopback: the same programs, commands and files. */
export class Stack {
  readonly #folder = mkdtempSync(join(tmpdir(), 'goaltrace-stack-'))
  readonly #processes: ChildProcess[] = []
  collector!: Collector
  prometheus = ''
  loki = ''
  jaeger = ''
  backend = ''

  static async start(): Promise<Stack> {
    const stack = new Stack()
    try {
      await stack.#start()
      return stack
    } catch (error) {
      await stack[Symbol.asyncDispose]()
      throw error
    }
  }

  async #start(): Promise<void> {
    const url = (port: number) => `http://127.0.0.1:${port}`
    const ports = await Promise.all(Array.from({ length: 8 }, freePort))
    const [
      prometheus = 0,
      loki = 0,
      lokiGrpc = 0,
      jaeger = 0,
      jaegerGrpc = 0,
      jaegerHealth = 0,
      traces = 0,
      backend = 0,
    ] = ports
    this.prometheus = url(prometheus)
    this.loki = url(loki)
    this.jaeger = url(jaeger)
    this.backend = url(backend)

    this.collector = await Collector.start({
      ANALYTICS_URL: this.backend,
      TRACES_URL: url(traces),
      METRICS_URL: `${this.prometheus}/api/v1/otlp`,
      // Where Loki is not built, to Jaeger, which takes them and drops them.
      LOGS_URL: isBuilt('loki') ? `${this.loki}/otlp` : url(traces),
    })
    this.#runBuilt('prometheus', [`--web.listen-address=127.0.0.1:${prometheus}`])
    if (isBuilt('loki')) {
      this.#runBuilt('loki', [], {
        LOKI_PORT: `${loki}`,
        LOKI_GRPC_PORT: `${lokiGrpc}`,
        LOKI_DATA: join(this.#folder, 'loki'),
      })
    }
    this.#runBuilt('jaeger', [], {
      JAEGER_LISTEN_HOST: '127.0.0.1',
      JAEGER_QUERY_PORT: `${jaeger}`,
      JAEGER_GRPC_PORT: `${jaegerGrpc}`,
      JAEGER_HEALTH_PORT: `${jaegerHealth}`,
      JAEGER_OTLP_PORT: `${traces}`,
    })
    const file = join(this.#folder, 'backend.db')
    this.#run(process.execPath, ['bin/goaltrace.cjs', 'backend', '--port', `${backend}`, '--db', file])
    await Promise.all([
      ready(`${this.prometheus}/-/ready`),
      isBuilt('loki') && ready(`${this.loki}/ready`),
      ready(`${url(jaegerHealth)}/status`),
      ready(`${this.backend}/healthz`),
    ])
  }

  /** The agents' database. */
  get goals(): string {
    return this.file('goals.db')
  }

  file(name: string): string {
    return join(this.#folder, name)
  }

  /** Runs an agent to its end, as the demo does. */
  async runAgent(file: string, database = this.goals, env: NodeJS.ProcessEnv = {}): Promise<void> {
    await this.runNode(['--import', 'goaltrace/register', file, database], env)
  }

  async runNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
    const child = this.#run(process.execPath, args, {
      OTEL_SERVICE_NAME: 'example-agent',
      OTEL_EXPORTER_OTLP_ENDPOINT: this.collector.url,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      GOALTRACE_STATE_DIR: this.file('state'),
      ...env,
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error(`${args.join(' ')} ended with exit code ${code}`)
  }

  /** With the command of docker-compose.yml, with paths of this machine. */
  #runBuilt(name: string, more: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const program = programOf(name)
    if (!isBuilt(name)) throw new Error(`There is no ${program}; test/stack/build.sh builds it.`)
    const { command = [], volumes = [] } = compose.services[name] ?? {}
    const mounts = new Map(
      volumes.map((mount) => {
        const [source = '', target = ''] = mount.split(':')
        return [target, source.startsWith('./') ? this.#addressed(join(root, source)) : this.file(source)]
      }),
    )
    const here = command.map((word) => word.replace(/(?<==|^)\/.*/, (path) => mounts.get(path) ?? path))
    this.#run(program, [...here, ...more], env)
  }

  /** The file, or a copy of it that names the Collector's address here. */
  #addressed(file: string): string {
    const text = readFileSync(file, 'utf8')
    if (!text.includes(COLLECTOR)) return file
    const copy = this.file(basename(file))
    writeFileSync(copy, text.replaceAll(COLLECTOR, this.collector.metrics))
    return copy
  }

  #run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const stdio = process.env.STACK_LOG ? 'inherit' : 'ignore'
    const child = spawn(program, args, { cwd: root, env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio })
    this.#processes.push(child)
    return child
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.collector?.[Symbol.asyncDispose]()
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Loki reports ready 15 s after its start. */
async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await sleep(200)
  }
  throw new Error(`Not ready within a minute: ${url}. STACK_LOG=1 shows what the programs say.`)
}
