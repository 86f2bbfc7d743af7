import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { collectAtRest } from '../../src/cli/lib/memory-at-rest.ts'
import { Receiver } from '../receiver.ts'
import { scratchFolder } from './goaltrace.ts'
import { watching } from './watching.ts'

it('garbage is collected once the process is at rest', { timeout: 60_000 }, async () => {
  // As Node is started again with --expose-gc.
  setFlagsFromString('--expose-gc')
  const gc: (options: object) => void = runInNewContext('gc')
  let kept: object | undefined = Array.from({ length: 1000 }, (_, n) => ({ n }))
  const seen = new WeakRef(kept)
  let asked = 0
  globalThis.gc = ((options: object) => {
    asked++
    kept = undefined
    gc(options)
  }) as NodeJS.GCFunction
  onTestFinished(() => {
    Object.assign(globalThis, { gc: undefined })
  })
  collectAtRest()
  while (asked === 0) await sleep(200)
  expect(kept ?? seen.deref()).toBeUndefined()
})

it.skipIf(process.platform !== 'linux' || !process.execve)(
  'a watch takes little memory, unless the user says how much: with files it optimizes no code, with a database it does',
  async () => {
    const folder = scratchFolder()
    const receiver = await Receiver.start()
    new Database(join(folder, 'goals.db')).exec('PRAGMA journal_mode = WAL').close()
    const optionsOf = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
      const running = await watching(args, folder, receiver, env)
      const command = readFileSync(`/proc/${running.child.pid}/cmdline`, 'utf8').split('\0')
      expect(await running.end()).toMatchObject({ code: 0, err: '' })
      return command.filter((part) => /^--(?:max-semi|no-)/.test(part))
    }
    expect(await optionsOf(['--preset', 'pi'])).toEqual(['--max-semi-space-size=1', '--no-opt', '--no-maglev'])
    expect(await optionsOf(['goals.db'])).toEqual(['--max-semi-space-size=8'])
    expect(await optionsOf(['--preset', 'pi'], { NODE_OPTIONS: '--max-semi-space-size=64' })).toEqual([])
  },
)
