import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import process from 'node:process'
import { onTestFinished } from 'vitest'
import type { FreshFolder } from './fresh-folder.ts'

/**
 * Bun's program, which is too large (100 MB) for a devDependency of all: .ci/run installs it beside the project, and names it by
 * this variable.
 */
export const BUN = process.env.GOALTRACE_BUN ?? ''
if (process.env.GOALTRACE_BUN_REQUIRED && !existsSync(BUN)) throw new Error(`GOALTRACE_BUN is ${BUN}: no such file`)

export const hasBun = existsSync(BUN)

/** Runs Bun in a folder with the built goaltrace. @param kills Once it has printed this, it is killed. */
export async function bun(folder: FreshFolder, args: readonly string[], env: NodeJS.ProcessEnv = {}, kills = '\0') {
  const child = spawn(BUN, args, {
    cwd: folder.path,
    env: {
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      GOALTRACE_STATE_DIR: `${folder.path}/state`,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      GOALTRACE_EXIT_LIMIT: '20000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
    if (out.includes(kills)) child.kill('SIGKILL')
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const [code] = await once(child, 'close')
  return { code, out, err }
}
