import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const CACHE = fileURLToPath(new URL('../../.cache/agents/', import.meta.url))

/** The program of an agent that is there, and may run because this process has no network: see run.sh. */
function programOf(path: string): string | undefined {
  const [found] = process.env.GOALTRACE_AGENTS_ISOLATED && existsSync(CACHE) ? globSync(path, { cwd: CACHE }) : []
  return found && join(CACHE, found)
}

export const PI = programOf('pi/node_modules/@earendil-works/pi-coding-agent/dist/bundle/cli.js')
export const QWEN_CODE = programOf('qwen-code/node_modules/@qwen-code/qwen-code/cli.js')
export const OPENCODE = programOf('opencode/node_modules/opencode-linux-*64/bin/opencode')

/** An agent in a process of its own, with none of what this machine has set but what is given. */
export function startAgent(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const [command, ...first] = program.endsWith('.js') ? [process.execPath, program] : [program]
  const child = spawn(command as string, [...first, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Runs it to its end. @returns what it printed. */
export async function runAgent(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const child = startAgent(program, args, cwd, env)
  child.stdin?.end()
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += chunk))
  return new Promise((resolve) => child.once('close', (code) => resolve(`${printed}\nexit code ${code}`)))
}
