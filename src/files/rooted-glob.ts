import { realpathSync } from 'node:fs'
import type { Glob } from '../mapping/glob.ts'

/** A glob with its root's real path: two globs may lead to the same folder through links. */
export function rooted(glob: Glob): Glob {
  return { ...glob, root: realPath(glob.root) ?? glob.root }
}

/** Undefined where nothing is there. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
