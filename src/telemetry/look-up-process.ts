import type { LookupAddress } from 'node:dns'
import type { Socket } from 'node:net'
import { basename, dirname } from 'node:path'

/** The system's resolver gives up by itself after 10 to 30 s; its process is not kept for longer. */
const LIMIT_MS = 30_000

/** Ends with the process that has started it, however that ends: by SIGKILL, since its own exit would wait for the resolver. */
const SCRIPT = `
const end = () => process.kill(process.pid, 'SIGKILL')
process.stdin.on('end', end).on('error', end).resume()
require('node:dns').lookup(process.argv[1], { all: true }, (error, addresses) => {
  const { code, message } = error ?? {}
  process.stdout.write(JSON.stringify(error ? { code, message } : { addresses }), end)
})`

/**
 * Asks the system's resolver, whatever that asks, in a process that keeps nothing alive. Undefined where none can be started.
 * The promise rejects with what the resolver says.
 */
export function lookUpByProcess(name: string): Promise<readonly LookupAddress[]> | undefined {
  if (!isNode()) return undefined
  try {
    return answerOf(start(name), name)
  } catch {
    // Node's permission model, or no process more.
    return undefined
  }
}

/** Whether this program, started again, would be Node and not the agent: a program made of both has any name. */
function isNode(): boolean {
  const { execPath, versions } = process
  const isWhole = 'pkg' in process || process.getBuiltinModule('node:sea')?.isSea()
  return !isWhole && !('electron' in versions) && /^node(?:js)?[\d.]*(?:\.exe)?$/i.test(basename(execPath))
}

function start(name: string) {
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, ...env } = process.env
  const child = process.getBuiltinModule('node:child_process').spawn(process.execPath, ['-e', SCRIPT, '--', name], {
    env,
    cwd: dirname(process.execPath),
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  })
  child.unref()
  for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as Socket).unref()
  child.stdin.on('error', () => {})
  return child
}

function answerOf(child: ReturnType<typeof start>, name: string): Promise<readonly LookupAddress[]> {
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  limit.unref()
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.stdout.on('error', reject)
    child.on('close', () => {
      clearTimeout(limit)
      const { addresses, ...fault } = parsed(text)
      if (addresses) resolve(addresses)
      else reject(Object.assign(new Error(fault.message ?? `the look-up of ${name} was given up`), fault))
    })
  })
}

interface Answer {
  readonly addresses?: LookupAddress[]
  readonly code?: string
  readonly message?: string
}

function parsed(text: string): Answer {
  return text === '' ? { code: 'EAI_AGAIN' } : (JSON.parse(text) as Answer)
}
