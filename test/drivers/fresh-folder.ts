import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * A folder elsewhere with the built goaltrace and OpenTelemetry installed, and no SQLite driver; deleted after the
 * test.
 */
export class FreshFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'goaltrace-fresh-'))

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }))
    const modules = join(this.path, 'node_modules')
    mkdirSync(modules)
    for (const part of ['package.json', 'dist', 'bin', 'examples', 'test/recordings']) {
      cpSync(join(ROOT, part), join(modules, 'goaltrace', part), { recursive: true })
    }
    symlinkSync(join(ROOT, 'node_modules/@opentelemetry'), join(modules, '@opentelemetry'))
  }

  copy(file: string, name: string): void {
    cpSync(join(ROOT, file), join(this.path, name))
  }

  async node(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const child = spawn(process.execPath, args, {
      cwd: this.path,
      env: {
        PATH: process.env.PATH,
        TMPDIR: process.env.TMPDIR,
        GOALTRACE_STATE_DIR: join(this.path, 'state'),
        OTEL_BLRP_SCHEDULE_DELAY: '50',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    const [code] = await once(child, 'close')
    return { code, out, err }
  }
}
