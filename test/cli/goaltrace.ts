import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const BIN = fileURLToPath(new URL('../../bin/goaltrace.cjs', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when stdout has this in it. */
  prints(text: string): Promise<void>
  /** Resolves when stderr has this in it. */
  says(text: string): Promise<void>
}

/** The built command line, in its own process, with none of what this machine has set but what is given. */
export function goaltrace(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = process.cwd()): Running {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...env },
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
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, out, err }))
  const includes = async (written: () => string, text: string) => {
    while (!written().includes(text)) {
      if (child.exitCode !== null) throw new Error(`goaltrace ended without printing "${text}": ${err}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return {
    ...{ child, ended },
    prints: (text) => includes(() => out, text),
    says: (text) => includes(() => err, text),
  }
}

/** A folder that is gone when the test is over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
