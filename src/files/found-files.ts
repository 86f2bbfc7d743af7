import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { reason } from '../base/diagnose.ts'
import { isWithin, namesIn } from '../base/within.ts'
import { below, type Glob, hasWildcard, matchesFile } from '../mapping/glob.ts'

type Patterns = readonly (readonly string[])[]

/** Called with what a search comes across. */
export interface Finds {
  /** A folder in which a matching file may appear. */
  readonly folder: (path: string) => void
  readonly file: (path: string, stats: Stats) => void
  /** A match that is a link, which is not followed, or not a regular file. */
  readonly refused: (path: string) => void
  /** A folder that is a link, in which files would match. */
  readonly linked: (path: string) => void
  /** A folder that may not be read. */
  readonly unreadable: (path: string, fault: string) => void
}

/** No agent keeps its state in these folders, and most files of a project are in them. */
const PASSED_OVER = new Set(['node_modules', '.git'])

/** Finds the files that match a glob. A link below the glob's own root is not followed. */
export function findFiles(glob: Glob, finds: Finds): void {
  look(glob.root, [glob.names], finds)
}

/** Looks at one path again, with all folders above it, any of which may have become a link since. */
export function findAt({ root, names }: Glob, path: string, finds: Finds): void {
  if (!isWithin(path, root)) return
  const folders = namesIn(path.slice(root.length))
  const name = folders.pop() ?? ''
  let [folder, patterns]: [string, Patterns] = [root, [names]]
  for (const one of folders) {
    folder = join(folder, one)
    patterns = below(patterns, one)
    if (patterns.length === 0 || !statsOf(folder)?.isDirectory()) return
  }
  lookAt(folder, name, patterns, finds)
}

function look(folder: string, patterns: Patterns, finds: Finds): void {
  const firsts = patterns.map(([first = '']) => first)
  const names = firsts.some(hasWildcard) ? undefined : firsts
  // Before it is read, so that nothing that appears meanwhile is missed.
  finds.folder(folder)
  const entries = names ?? entriesOf(folder, finds)
  for (const entry of entries) {
    if (typeof entry === 'string') lookAt(folder, entry, patterns, finds)
    else if (!entry.isDirectory() || !PASSED_OVER.has(entry.name)) lookAt(folder, entry.name, patterns, finds)
  }
}

function lookAt(folder: string, name: string, patterns: Patterns, finds: Finds): void {
  const isFileMatch = matchesFile(patterns, name)
  const within = below(patterns, name).filter((rest) => rest.length > 0)
  if (!isFileMatch && within.length === 0) return
  const path = join(folder, name)
  const stats = statsOf(path)
  if (stats === undefined) return
  if (stats.isDirectory()) {
    if (within.length > 0) look(path, within, finds)
  } else if (isFileMatch && stats.isFile()) finds.file(path, stats)
  else if (within.length > 0 && stats.isSymbolicLink() && isFolder(path)) finds.linked(path)
  else if (isFileMatch) finds.refused(path)
}

/** Of a link: whether it leads to a folder. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Undefined where nothing is there, or it may not be looked at. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function entriesOf(folder: string, finds: Finds): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (['EACCES', 'EPERM'].includes(String((error as NodeJS.ErrnoException).code))) {
      finds.unreadable(folder, reason(error))
    }
    return []
  }
}
