import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TESTS = join(ROOT, 'test')
const SOURCES = join(ROOT, 'src')

/** What a slow test starts: a process of an agent or a command, or a browser. */
const SLOW_IMPORTS = /^(node:)?child_process$|^playwright-core$/
/** What only a build makes: the package's files, its command, its page. */
const NEEDS_BUILD = /\bdist\/|\bbin\/goaltrace\b|'goaltrace\/|'text\/html'/
/** Thousands of random cases each: most of the processor time of all that start no process. */
const THOROUGH = ['backend/fuzz.test.ts', 'capture/differential.test.ts', 'capture/usage-differential.test.ts']

/** The files of tests that need nothing but this process: no build, no browser, no process of an agent. */
export function fastFiles(): string[] {
  const all = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
  const files = all.filter((file) => file.endsWith('.test.ts') && !THOROUGH.includes(file))
  return files.filter((file) => !isSlow(join(TESTS, file), new Set())).map((file) => `test/${file}`)
}

/** Whether a file, or another outside `src` that it imports, is slow. */
function isSlow(file: string, seen: Set<string>): boolean {
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  if (NEEDS_BUILD.test(text)) return true
  return [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].some(([, name = '']) => {
    if (!name.startsWith('.')) return SLOW_IMPORTS.test(name)
    const imported = resolve(dirname(file), name)
    return !imported.startsWith(SOURCES) && !seen.has(imported) && existsSync(imported) && isSlow(imported, seen)
  })
}
