import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'

const MAIN = `
  const { main } = await import(${JSON.stringify(new URL('../../src/cli/main.ts', import.meta.url).href)})
  process.exitCode = await main(process.argv.slice(1))`

function goaltrace(args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess & { said: { out: string; err: string } } {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', MAIN, '--', ...args], {
    // None of what this machine has set: each test says what it means.
    env: { PATH: process.env.PATH, GOALTRACE_STATE_DIR: scratchFolder(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  return Object.assign(child, { said })
}

async function ended(
  args: string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = goaltrace(args, env)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...child.said }
}

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function listening(child: ReturnType<typeof goaltrace>): Promise<string> {
  while (!child.said.out.includes('Ctrl-C')) await once(child.stdout as NodeJS.ReadableStream, 'data')
  return /listening +(\S+)/.exec(child.said.out)?.[1] ?? ''
}

describe('goaltrace', () => {
  it.each([[[]], [['--help']], [['help']], [['-h']]])('%j teaches', async (args) => {
    const { code, out, err } = await ended(args)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('OpenTelemetry for the goals of AI agents')
    expect(out).toMatch(/^ {2}backend +receives/m)
    expect(out).toContain('goaltrace run --map -- node')
    // No colours where there is no terminal.
    expect(out).not.toContain('\u001b')
  })

  it.each([[['help', 'backend']], [['backend', '--help']], [['backend', '--port', '1', '-h']]])(
    '%j explains a command',
    async (args) => {
      const { code, out } = await ended(args)
      expect(code).toBe(0)
      expect(out).toContain('--db FILE')
    },
  )

  it('prints its version', async () => {
    const { version } = createRequire(import.meta.url)('../../package.json')
    expect(await ended(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  const wrong: [string[], RegExp][] = [
    [['nothing'], /no command "nothing": `goaltrace help` lists/],
    [['constructor'], /no command "constructor"/],
    [['--nothing'], /no option "--nothing"/],
    [['help', 'nothing'], /no command "nothing"/],
    [['backend', '--prot', '1'], /Unknown option '--prot': `goaltrace help backend`/],
    [['backend', 'extra'], /Unexpected argument 'extra'.*: `goaltrace help backend`/],
    [['backend', '--port'], /argument missing.*: `goaltrace help backend`/],
    [['backend', '--port', '65536'], /--port 65536 is not a port/],
    [['backend', '--port', 'x'], /--port x is not a port/],
    [
      ['backend', '--jaeger', 'javascript:alert(1)'],
      /--jaeger javascript:alert\(1\) is not an address: give one such as http/,
    ],
    [['backend', '--jaeger', 'jaeger'], /--jaeger jaeger is not an address/],
    [['backend', '--retention', '90'], /--retention 90 is not a time: give minutes, hours, days or weeks/],
    [['backend', '--retention', '0d'], /--retention 0d is not a time/],
    [['backend', '--max-size', '2'], /--max-size 2 is not a size: give 10MB or more/],
    [['backend', '--max-size', '1MB'], /--max-size 1MB is not a size/],
    [['backend', '--host='], /--host is empty: `goaltrace help backend` shows/],
    [['backend', '--db='], /--db is empty/],
    [['backend', '--host', '0.0.0.0'], /set GOALTRACE_TOKEN, or listen on 127\.0\.0\.1/],
  ]

  it.each(wrong)('%j is answered with one sentence on stderr and exit code 2', async (args, sentence) => {
    const { code, out, err } = await ended(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('goaltrace backend', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says where it is, serves, and ends on %s with exit code 0',
    async (signal) => {
      const state = join(scratchFolder(), 'made', 'by it')
      const child = goaltrace(['backend', '--port', '0'], { GOALTRACE_STATE_DIR: state })
      const url = await listening(child)
      expect(child.said.out.split('\n')[0]).toContain('opens a page in a browser')
      expect(/http:\S+/.exec(child.said.out)?.[0]).toBe(url)
      expect(child.said.out).toContain(join(state, 'backend.db'))
      expect(await (await fetch(`${url}/api/goals`)).json()).toEqual({ goals: [], total: 0, next: null })
      child.kill(signal)
      expect(await once(child, 'close')).toEqual([0, null])
      expect(child.said.err).toBe('')
      expect(child.said.out).toContain('stored 0')
      expect(existsSync(join(state, 'backend.db'))).toBe(true)
      // Closed, not left: SQLite takes the log away with the last connection.
      expect(existsSync(join(state, 'backend.db-wal'))).toBe(false)
    },
  )

  it('keeps its file where XDG_STATE_HOME says, without its own folder named', async () => {
    const state = scratchFolder()
    const child = goaltrace(['backend', '--port', '0'], { GOALTRACE_STATE_DIR: '', XDG_STATE_HOME: state })
    await listening(child)
    expect(child.said.out).toContain(join(state, 'goaltrace', 'backend.db'))
  })

  it('links the page to Jaeger', async () => {
    const url = await listening(goaltrace(['backend', '--port', '0', '--jaeger', 'https://jaeger.example/ui/']))
    expect(await (await fetch(`${url}/api/about`)).json()).toMatchObject({ jaeger: 'https://jaeger.example/ui' })
  })

  it.skipIf(process.platform !== 'linux' || !process.execve)('takes less memory for new objects', async () => {
    const folder = scratchFolder()
    const started = async (env: NodeJS.ProcessEnv) => {
      const child = goaltrace(['backend', '--port', '0'], { GOALTRACE_STATE_DIR: folder, ...env })
      await listening(child)
      const args = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0')
      child.kill('SIGTERM')
      expect(await once(child, 'close')).toEqual([0, null])
      return args.filter((arg) => arg.includes('semi-space'))
    }
    expect(await started({})).toEqual(['--max-semi-space-size=8'])
    // What the user has set for Node stays.
    expect(await started({ NODE_OPTIONS: '--max-semi-space-size=64' })).toEqual([])
  })

  it('demands the token of GOALTRACE_TOKEN, and never prints it', async () => {
    const child = goaltrace(['backend', '--port', '0', '--host', '0.0.0.0'], { GOALTRACE_TOKEN: 'very-secret' })
    const url = (await listening(child)).replace('0.0.0.0', '127.0.0.1')
    expect((await fetch(`${url}/api/goals`)).status).toBe(401)
    const headers = { authorization: 'Bearer very-secret' }
    expect((await fetch(`${url}/api/goals`, { headers })).status).toBe(200)
    expect(child.said.out + child.said.err).not.toContain('very-secret')
  })

  it('refuses a token that not every client can send', async () => {
    const { code, out, err } = await ended(['backend', '--port', '0'], { GOALTRACE_TOKEN: 'ключ' })
    expect([code, out]).toEqual([2, ''])
    expect(err).toBe(
      'goaltrace: GOALTRACE_TOKEN has characters that are not printable ASCII: choose a token without them.\n',
    )
  })

  it('names the next step where its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as { port: number }
    const { code, err } = await ended(['backend', '--port', String(port)])
    expect([code, err]).toEqual([1, expect.stringContaining(`Port ${port} is taken, perhaps by another \`goaltrace`)])
    expect(err).toContain('or demo, or by a Collector')
    expect(err).toContain('--port 0')
  })

  it('names the next step where its file cannot be used', async () => {
    const { code, err } = await ended(['backend', '--port', '0', '--db', join(import.meta.filename, 'x.db')])
    expect([code, err]).toEqual([1, expect.stringMatching(/cannot use .*x\.db: .*Name another file with --db\.\n$/)])
  })
})

describe('goaltrace backend on a file of another program', () => {
  it('is named once, and what to do about it once', async () => {
    const file = join(scratchFolder(), 'other.db')
    const database = new Database(file)
    database.exec('CREATE TABLE mine (id)')
    database.close()
    const { code, out, err } = await ended(['backend', '--port', '0', '--db', file])
    expect([code, out]).toEqual([1, ''])
    expect(err).toBe(`goaltrace: ${file} is another program's database: name a file of the backend's own with --db.\n`)
  })
})

describe('the bin on an old Node', () => {
  const { refusal } = createRequire(import.meta.url)('../../bin/goaltrace.cjs') as {
    refusal(node: string, sqlite?: string): string | undefined
  }

  it.each(['18.20.0', '20.18.3', '4.0.0'])('%s names the Node to take', (node) => {
    expect(refusal(node, '12.0.0')).toContain('needs Node 20.19 or newer')
  })

  it('names the better-sqlite3 to take where the installed one would crash', () => {
    expect(refusal('20.19.0', '13.2.0')).toContain('npm i better-sqlite3@12')
    expect(refusal('21.7.0', '13.0.0')).toContain('npm i better-sqlite3@12')
  })

  it.each([
    ['20.19.0', '12.11.1'],
    ['20.19.0', undefined],
    ['22.0.0', '13.2.0'],
    ['26.1.0', '13.2.0'],
  ])('%s with better-sqlite3 %s runs', (node, sqlite) => {
    expect(refusal(node, sqlite)).toBeUndefined()
  })
})
