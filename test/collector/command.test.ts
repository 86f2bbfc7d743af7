import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { goaltrace, scratchFolder } from '../cli/goaltrace.ts'
import { describeWithCollector, freePort, until } from './collector.ts'

const root = join(import.meta.dirname, '../..')
const built = join(root, '.cache/collector/otelcol')
const config = join(root, 'collector/config.yaml')

describeWithCollector('goaltrace collector', () => {
  it('checks the configuration of the package with the Collector that was built', async () => {
    const { code, out, err } = await goaltrace(['collector', '--validate'], settings(scratchFolder())).ended
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe(`The Collector that was built: ${built}\n${config}\n`)
  })

  it.each(['otelcol-contrib', 'otelcol'])('prefers %s from the PATH', async (name) => {
    const folder = scratchFolder()
    symlinkSync(built, join(folder, name))
    const { code, out } = await goaltrace(['collector', '--validate'], settings(folder)).ended
    expect(code).toBe(0)
    expect(out).toContain(`${name} from the PATH: ${join(folder, name)}\n`)
  })

  it("ends as the Collector does, with the Collector's own message", async () => {
    const folder = scratchFolder()
    const file = join(folder, 'broken.yaml')
    writeFileSync(file, 'receivers: { nothing: }')
    const { code, out, err } = await goaltrace(['collector', '--config', file], settings(folder)).ended
    expect(code).toBe(1)
    expect(out).toContain(file)
    expect(err).toContain('nothing')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'listens on loopback and passes the environment on, until %s',
    async (signal) => {
      const folder = scratchFolder()
      const [grpc, http, health, inside, metrics] = await Promise.all(Array.from({ length: 5 }, freePort))
      const running = goaltrace(['collector'], {
        ...settings(folder),
        COLLECTOR_GRPC: `127.0.0.1:${grpc}`,
        COLLECTOR_HTTP: `127.0.0.1:${http}`,
        COLLECTOR_HEALTH: `127.0.0.1:${health}`,
        COLLECTOR_INSIDE: `127.0.0.1:${inside}`,
        COLLECTOR_METRICS_PORT: `${metrics}`,
      })
      await running.prints(`listening on 127.0.0.1:${http} and 127.0.0.1:${grpc}; Ctrl-C stops it\n`)
      let well = false
      const ask = setInterval(async () => {
        well ||= await fetch(`http://127.0.0.1:${health}`).then(
          ({ ok }) => ok,
          () => false,
        )
      }, 100)
      await until(() => well, 30, 'the Collector is well')
      clearInterval(ask)
      expect(existsSync(join(folder, 'state/collector/queue'))).toBe(true)
      running.child.kill(signal)
      const { code, err } = await running.ended
      expect(code).toBe(0)
      expect(err).toContain('Shutdown complete')
    },
  )
})

describe('goaltrace collector where none was built', () => {
  it('says what to do next', async () => {
    const { code, out, err } = await ofCopy(['collector'], scratchFolder())
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^goaltrace: No Collector was found: put otelcol-contrib on the PATH .* build one by .*\.\n$/)
  })

  it('does so too where only docker’s client is installed', async () => {
    const folder = scratchFolder()
    program(join(folder, 'docker'), 'exit 1')
    expect((await ofCopy(['collector'], folder)).err).toContain('start Docker')
  })

  it('runs the image that is named in the compose file', async () => {
    const folder = scratchFolder()
    // Replaces docker, whose engine CI does not have.
    program(join(folder, 'docker'), '[ "$1" = info ] || echo "$@"')
    const { code, out } = await ofCopy(['collector', '--validate'], folder, { ANALYTICS_TOKEN: 'a-token' })
    expect(code).toBe(0)
    const [headline, file, docker = ''] = out.split('\n')
    expect(headline).toBe('The image otel/opentelemetry-collector-contrib:0.145.0')
    expect(docker).toContain(`-v ${file}:${file}:ro`)
    expect(docker).toContain('-e ANALYTICS_TOKEN')
    expect(docker).not.toContain('a-token')
    expect(docker).not.toContain('OTLP_BACKEND_URL')
    expect(docker.endsWith(`otel/opentelemetry-collector-contrib:0.145.0 validate --config ${file}`)).toBe(true)
  })

  it('names the file that does not exist', async () => {
    const { code, err } = await goaltrace(['collector', '--config', 'no.yaml']).ended
    expect(code).toBe(1)
    expect(err).toContain('no.yaml')
  })
})

function settings(folder: string): NodeJS.ProcessEnv {
  return { PATH: folder, GOALTRACE_STATE_DIR: join(folder, 'state') }
}

/** The package as npm installs it, without a built Collector. */
async function ofCopy(args: readonly string[], path: string, env: NodeJS.ProcessEnv = {}) {
  const copy = realpathSync(scratchFolder())
  for (const part of ['bin', 'dist', 'package.json', 'collector'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  mkdirSync(join(copy, 'node_modules'))
  symlinkSync(join(root, 'node_modules/@opentelemetry'), join(copy, 'node_modules/@opentelemetry'))
  const child = spawn(process.execPath, [join(copy, 'bin/goaltrace.cjs'), ...args], {
    env: { ...settings(path), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

function program(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}
