import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../node_modules/drizzle-kit/bin.cjs', import.meta.url))

/** Pushes a folder's schema into a file, without a terminal to ask on. @returns all its output. */
export async function drizzleKitPush(folder: string, file: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [BIN, 'push', ...args], {
    cwd: folder,
    env: { ...process.env, GOALS_DB: file },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk
    })
  }
  await once(child, 'close')
  return said
}
