import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const REGISTER = ['--import', 'goaltrace/register']

/** A folder in memory where available, so that a slow disk is not measured; deleted with the process. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'goaltrace-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * A Node process of the project's own version, in its root, without the OpenTelemetry settings of the current
 * environment.
 */
export function startNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:OTEL_|GOALTRACE_|NODE_OPTIONS$)/.test(name))
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

/** All its output, once it has ended. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  await once(child, 'close')
  return output
}

/** The first thing that it prints, trimmed. */
export async function firstLineOf(child: ChildProcess): Promise<string> {
  const first = once(child.stdout as NonNullable<typeof child.stdout>, 'data')
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnargs.slice(1).join(' ')} ended with ${code} before it printed anything`)
  })
  const [line] = (await Promise.race([first, ended])) as [Buffer]
  ended.catch(() => {})
  return String(line).trim()
}

export interface Sink {
  readonly url: string
  /** How many log records and spans were received. */
  received(): Promise<{ logs: number; spans: number }>
  stop(): void
}

/** A receiver in its own process; one that hangs accepts requests and never answers. */
export async function startSink(how: 'answers' | 'hangs' = 'answers'): Promise<Sink> {
  const child = startNode(['bench/processes/sink.ts', how])
  const url = `http://127.0.0.1:${await firstLineOf(child)}`
  return {
    url,
    received: async () => (await fetch(url)).json() as Promise<{ logs: number; spans: number }>,
    stop: () => void child.kill('SIGKILL'),
  }
}
