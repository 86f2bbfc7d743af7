/**
 * Generates constants and documentation from the registry of names; with --check it reports files that are out of date.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { constants } from './semconv/constants.ts'
import { readRegistry } from './semconv/registry.ts'
import { tables } from './semconv/tables.ts'

const root = join(import.meta.dirname, '..')
const check = process.argv.includes('--check')

try {
  const registry = readRegistry(root)
  const files = { 'src/event/semconv.ts': constants(registry), 'docs/attributes.md': tables(registry) }
  for (const [file, content] of Object.entries(files)) {
    const path = join(root, file)
    if (existsSync(path) && readFileSync(path, 'utf8') === content) continue
    if (check) throw new Error(`${file} is not what semconv/ gives. Run: node scripts/semconv.ts`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
