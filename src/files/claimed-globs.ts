import { expandGlob, type Glob, matchesPath } from '../mapping/glob.ts'
import type { GoalFiles } from '../mapping/goal-files.ts'
import { rooted } from './rooted-glob.ts'

/** The globs of one entry of files, and what the user calls it. */
export interface ClaimedGlobs {
  readonly name: string
  readonly globs: readonly Glob[]
}

/** What `~`, variables and relative paths in globs stand for. */
export interface Places {
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  readonly folder: string
}

/** Where entries of files look. */
export function claimedBy(mappings: readonly GoalFiles[], { env, home, folder }: Places): ClaimedGlobs[] {
  return mappings.map(({ path }) => ({
    name: `the entry of ${path[0]}`,
    globs: path.flatMap((glob) => expandGlob(glob, env, home, folder) ?? []),
  }))
}

/** Whether an earlier entry follows a file: the first of the entries that match it reports it, and no other. */
export class EarlierClaims {
  readonly #earlier: readonly ClaimedGlobs[]
  #rooted: readonly ClaimedGlobs[] = []

  constructor(earlier: readonly ClaimedGlobs[]) {
    this.#earlier = earlier
    this.refresh()
  }

  /** Resolves links again. */
  refresh(): void {
    this.#rooted = this.#earlier.map(({ name, globs }) => ({ name, globs: globs.map(rooted) }))
  }

  /** @returns the name of the entry that follows it. */
  on(path: string): string | undefined {
    return this.#rooted.find(({ globs }) => globs.some((glob) => matchesPath(glob, path)))?.name
  }
}
