import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { root } from './stack.ts'

const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')

/** Loads it as Docker Compose does. Rejects with what is wrong. */
async function load(content: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-compose-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'docker-compose.yml'), content)
  const program = join(root, '.cache/stack/compose')
  return (await promisify(execFile)(program, ['docker-compose.yml'], { cwd: folder })).stdout
}

describe('docker-compose.yml', () => {
  it('conforms to the Compose specification', async () => {
    expect(await load(text)).toContain('name: goaltrace')
  })

  it('would be refused with a setting that Compose does not know', async () => {
    await expect(load(text.replace('healthcheck:', 'healthchek:'))).rejects.toThrow('healthchek')
  })
})
