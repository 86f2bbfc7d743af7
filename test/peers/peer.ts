import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { until } from '../collector/collector.ts'

export const root = join(import.meta.dirname, '../..')
export const installed = join(root, '.cache/peers')

/** Another project's program, in a folder of its own. */
export class Peer {
  readonly folder: string
  readonly #child: ChildProcess

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder
    this.#child = child
  }

  /** @param ready An address that answers 200 when it has started. */
  static async start(command: (folder: string) => readonly string[], ready: string, env: NodeJS.ProcessEnv = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'goaltrace-peer-'))
    const [program = '', ...args] = command(folder)
    const log = openSync(join(folder, 'log'), 'a')
    // In a group of its own: a server may start others.
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    })
    const peer = new Peer(folder, child)
    try {
      await until(async () => (await fetch(ready).catch(() => undefined))?.ok === true, 120, `${program} answers`)
      return peer
    } catch (error) {
      await peer[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      process.kill(-(this.#child.pid ?? 0), 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

export async function asked<T>(url: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(url, init)
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}
