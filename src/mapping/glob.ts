import nodePath from 'node:path'
import { isWithin, namesIn, type Paths } from '../base/within.ts'

/** A glob, split at its first wildcard. */
export interface Glob {
  /** An absolute path without wildcards. */
  readonly root: string
  /** The first of them has a wildcard, unless the glob is the path of one file. */
  readonly names: readonly string[]
}

const VARIABLE = /\$(\w+)/g
const ANY_FOLDERS = '**'

/** What is wrong with a glob, worded to follow its place in a message. */
export function globFault(given: string, paths: Paths = nodePath): string | undefined {
  const text = slashed(given, paths)
  const names = text.split('/')
  if (/\0/.test(text)) return ' has a character that no path has; remove it'
  if (names.includes('..')) return ' has `..`; write the path as it is'
  if (names.some((name) => name.includes(ANY_FOLDERS) && name !== ANY_FOLDERS)) {
    return ' has ** beside other characters of a name; write it between slashes, as in ~/.agent/**/*.jsonl'
  }
  if (names.at(-1) === '' || names.at(-1) === ANY_FOLDERS)
    return ' ends without the name of a file; add one such as *.jsonl'
  if (/^(?:~|\$HOME)\/\*\*/.test(text)) return ' looks through the whole home folder; name a folder in it first'
  if (paths.isAbsolute(text) && hasWildcard(names[1] ?? '')) return ' begins with a wildcard; name a folder first'
  return undefined
}

/** Undefined where a variable is not set. */
export function expandGlob(
  text: string,
  env: NodeJS.ProcessEnv,
  home: string,
  folder: string,
  paths: Paths = nodePath,
): Glob | undefined {
  let isSet = true
  const filled = slashed(text, paths)
    .replace(/^~(?=\/)/, () => home)
    .replace(VARIABLE, (_, name) => {
      const value = env[name]
      isSet &&= Boolean(value)
      return value ?? ''
    })
  if (!isSet) return undefined
  const whole = paths.isAbsolute(filled) ? filled : `${folder}/${filled}`
  const { root } = paths.parse(whole)
  const names = namesIn(whole.slice(root.length), paths).filter((name) => name !== '.')
  const first = names.findIndex(hasWildcard)
  const at = first < 0 ? names.length - 1 : first
  return { root: paths.join(root, ...names.slice(0, at)), names: names.slice(at) }
}

/** Windows takes both kinds of slashes; elsewhere a backslash is a character of a name. */
function slashed(text: string, { sep }: Paths): string {
  return sep === '/' ? text : text.replaceAll(sep, '/')
}

/** Whether a glob means files within the working directory. */
export function isRelative(text: string, paths: Paths = nodePath): boolean {
  return !paths.isAbsolute(text) && !/^[~$]/.test(text)
}

/** The variables by which globs are filled in. */
export function variablesOf(globs: readonly string[]): string[] {
  return [...new Set(globs.flatMap((text) => [...text.matchAll(VARIABLE)].map(([, name = '']) => name)))]
}

/** Those of them that are not set, as a message names them. */
export function unsetVariables(globs: readonly string[], env: NodeJS.ProcessEnv): string[] {
  return variablesOf(globs)
    .filter((name) => !env[name])
    .map((name) => `$${name}`)
}

/** What is left of the patterns inside a folder of that name. */
export function below(patterns: readonly (readonly string[])[], name: string): (readonly string[])[] {
  return patterns.flatMap(([first = '', ...rest]) => {
    if (first === ANY_FOLDERS) return [[first, ...rest], ...below([rest], name)]
    return isMatch(first, name) ? [rest] : []
  })
}

/** Whether a glob means the file at an absolute path. */
export function matchesPath({ root, names }: Glob, path: string, paths: Paths = nodePath): boolean {
  if (!isWithin(path, root, paths)) return false
  const folders = namesIn(path.slice(root.length), paths)
  const name = folders.pop() ?? ''
  return matchesFile(
    folders.reduce((rest: readonly (readonly string[])[], folder) => below(rest, folder), [names]),
    name,
  )
}

/** Whether a file of that name matches one of the patterns. */
export function matchesFile(patterns: readonly (readonly string[])[], name: string): boolean {
  return patterns.some(([first = '', ...rest]) => {
    if (first === ANY_FOLDERS) return matchesFile([rest], name)
    return rest.length === 0 && isMatch(first, name)
  })
}

export function hasWildcard(name: string): boolean {
  return /[*?]/.test(name)
}

const patterns = new Map<string, RegExp>()

function isMatch(pattern: string, name: string): boolean {
  if (!hasWildcard(pattern)) return pattern === name
  let regex = patterns.get(pattern)
  if (regex === undefined) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replace(/\*+/g, '[^/]*')
      .replace(/\?/g, '[^/]')
    regex = new RegExp(`^${source}$`, 's')
    patterns.set(pattern, regex)
  }
  return regex.test(name)
}
