import { existingPath } from '../base/real-path.ts'
import type { Glob } from '../mapping/glob.ts'

/** A glob with its root's real path: two globs may lead to the same folder through links. */
export function rooted(glob: Glob): Glob {
  return { ...glob, root: existingPath(glob.root) ?? glob.root }
}
