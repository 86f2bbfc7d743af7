import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { realPath } from '../../src/base/real-path.ts'
import { stateFile } from '../../src/outbox/outbox-file.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What goaltrace 0.1.0 has left, see make-fixtures.mjs. */
export function left(file: string): Buffer {
  return gunzipSync(readFileSync(new URL(`fixtures/0.1.0/${file}.gz`, import.meta.url)))
}

/** A folder with an agent's database, a state directory and the code of 0.1.0, gone when the test is over. */
export class UpgradeFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'goaltrace-upgrade-'))
  readonly file = join(this.path, 'goals.sqlite')
  readonly state = join(this.path, 'state')

  constructor() {
    onTestFinished(() => rm(this.path, { recursive: true, force: true }))
  }

  /** Puts there what 0.1.0 has left: four records delivered, one refused, three pending. */
  leave(): void {
    writeFileSync(this.file, left('goals.sqlite'))
    writeFileSync(this.stateFile('ack'), left('goals.ack'))
  }

  stateFile(kind: Parameters<typeof stateFile>[1]): string {
    process.env.GOALTRACE_STATE_DIR = this.state
    return stateFile(realPath(this.file), kind)
  }

  /** Whether this version's agent knows that row `seq` is delivered: the receiver has it before. */
  hasDelivered(seq: number): boolean {
    const file = this.stateFile('checkpoint')
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8').split('\n', 1)[0] ?? '').seq === seq
  }

  /** An agent under `goaltrace/register`, of this version or of 0.1.0. */
  async agent(endpoint: string, version: 'new' | '0.1.0'): Promise<SteppedAgent> {
    const register = version === 'new' ? ['--import', 'goaltrace/register'] : ['--require', this.#register()]
    const child = spawn(process.execPath, [...register, 'test/upgrade/agent.mjs', this.file], {
      cwd: ROOT,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        GOALTRACE_STATE_DIR: this.state,
        OTEL_SERVICE_NAME: `agent of ${version}`,
        OTEL_LOG_LEVEL: 'warn',
        OTEL_BLRP_SCHEDULE_DELAY: '50',
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = once(child, 'close').then(([code]) => code as number | null)
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const prints = async (text: string) => {
      while (!stdout.includes(text)) {
        if (child.exitCode !== null) throw new Error(`the agent ended without printing "${text}": ${stderr}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    await prints('ready')
    return {
      async does(line) {
        stdout = ''
        child.stdin.write(`${line}\n`)
        if (line !== 'end') await prints(`done ${line}`)
      },
      ended,
      said: () => stderr,
      kill: () => child.kill('SIGKILL'),
    }
  }

  /** The code of 0.1.0, where the modules of this repository are found. */
  #register(): string {
    const folder = join(this.path, '0.1.0')
    mkdirSync(folder, { recursive: true })
    for (const file of ['register.cjs', 'sdk.cjs', 'exit-worker.mjs']) writeFileSync(join(folder, file), left(file))
    try {
      symlinkSync(join(ROOT, 'node_modules'), join(this.path, 'node_modules'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    return join(folder, 'register.cjs')
  }
}

export interface SteppedAgent {
  /** Resolves when it has done this step; see agent.mjs. */
  does(line: string): Promise<void>
  /** Resolves to its exit code. */
  readonly ended: Promise<number | null>
  /** What goaltrace has logged in it. */
  said(): string
  kill(): void
}
