import { basename } from 'node:path'
import type { Answer } from './lookup-answer.ts'

const LIMIT_MS = 10_000

/** Ends with its parent, even while getaddrinfo hangs. */
const SCRIPT = `process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL')).resume()
require('dns').lookup(process.argv[1], { all: true }, (error, all) => process.stdout.write(
  JSON.stringify(error ? { code: error.code } : { addresses: all.map(({ address }) => address) }), () => process.exit()))`

/**
 * Asks the system, in another process that can be given up, and that this one does not wait for. It takes a start of
 * Node, and on Linux a copy of this process's page tables (10 ms of this thread a gigabyte).
 * @returns undefined where no such process can be started.
 */
export function askSystem(name: string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    if (!isNode()) return resolve(undefined)
    try {
      const { NODE_OPTIONS: _, ...env } = process.env
      const { spawn } = process.getBuiltinModule('node:child_process')
      const child = spawn(process.execPath, ['-e', SCRIPT, '--', name], {
        env,
        stdio: ['pipe', 'pipe', 'ignore'],
        windowsHide: true,
      })
      let said = ''
      const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS).unref()
      child.on('error', () => resolve(undefined))
      child.on('close', () => {
        clearTimeout(timer)
        resolve(answer(said))
      })
      child.stdout.setEncoding('utf8').on('data', (text) => {
        said += text
      })
      child.unref()
      for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as { unref(): void }).unref()
      child.stdin.on('error', () => {})
    } catch {
      // Such as by Node's permission model.
      resolve(undefined)
    }
  })
}

/** Any other program, such as Electron or an agent in a single file, would start a second agent. */
function isNode(): boolean {
  const { electron, bun } = process.versions
  const isSea = process.getBuiltinModule('node:sea')?.isSea?.() ?? false
  return !electron && !bun && !isSea && /^node(js)?[\d.-]*(\.exe)?$/i.test(basename(process.execPath))
}

function answer(said: string): Answer {
  try {
    return JSON.parse(said)
  } catch {
    // Killed before it had an answer.
    return { code: 'EAI_AGAIN' }
  }
}
