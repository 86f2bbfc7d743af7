import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const NAME = fileURLToPath(new URL('../../src/telemetry/service-name.ts', import.meta.url))
const PRINT = `import { ownServiceName } from ${JSON.stringify(NAME)}; console.log(ownServiceName() ?? 'none')`

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'goaltrace-name-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** What an agent in this file is called. */
function nameOf(args: readonly string[]): string {
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()
}

it.each([
  ['{"name":"@acme/gardener"}', '@acme/gardener'],
  ['{"type":"module"}', 'night-agent'],
  ['{ broken', 'night-agent'],
  [undefined, 'night-agent'],
])('an agent is called by its package.json, %s, else by its script', (content, name) => {
  const at = folder()
  mkdirSync(join(at, 'src'))
  if (content !== undefined) writeFileSync(join(at, 'package.json'), content)
  const script = join(at, 'src/night-agent.mjs')
  writeFileSync(script, PRINT)
  expect(nameOf([script])).toBe(name)
})

it('a command in node_modules/.bin is called by the package that it belongs to', () => {
  const at = folder()
  mkdirSync(join(at, 'node_modules/.bin'), { recursive: true })
  mkdirSync(join(at, 'node_modules/gardener'))
  writeFileSync(join(at, 'package.json'), '{"name":"host"}')
  writeFileSync(join(at, 'node_modules/gardener/package.json'), '{"name":"gardener"}')
  writeFileSync(join(at, 'node_modules/gardener/cli.mjs'), PRINT)
  symlinkSync(join(at, 'node_modules/gardener/cli.mjs'), join(at, 'node_modules/.bin/gardener'))
  expect(nameOf([join(at, 'node_modules/.bin/gardener')])).toBe('gardener')
})

it('what is no file of an agent names nobody', () => {
  const at = folder()
  writeFileSync(join(at, 'goals.db'), '')
  expect(nameOf(['--input-type=module', '--eval', PRINT, join(at, 'goals.db')])).toBe('none')
})
