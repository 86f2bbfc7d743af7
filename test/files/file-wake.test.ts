import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { FileWake } from '../../src/files/file-wake.ts'

const LONG = { timeout: 50_000 }

it.each([
  ['removed', (folder: string) => rmSync(folder, { recursive: true })],
  ['moved', (folder: string) => renameSync(folder, `${folder}-old`)],
])('a change in a folder that was %s and made again is reported without waiting for a scan', async (_, away) => {
  const root = mkdtempSync(join(tmpdir(), 'goaltrace-wake-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const folder = join(root, 'goals')
  const touched = new Set<string>()
  const wake = new FileWake({
    ...{ scan() {}, retry() {}, step: () => false, unwatchable() {}, hasRetries: () => false },
    // As a search does that finds the folder.
    touch(path) {
      touched.add(path)
      if (path === folder) wake.listen(folder)
    },
  })
  onTestFinished(() => wake.close())
  mkdirSync(folder)
  wake.listen(root)
  wake.listen(folder)
  away(folder)
  mkdirSync(folder)
  await expect.poll(() => touched.has(folder), LONG).toBe(true)
  writeFileSync(join(folder, 'state.json'), '{}')
  await expect.poll(() => touched.has(join(folder, 'state.json')), LONG).toBe(true)
})
