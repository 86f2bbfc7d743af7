import { dirname, extname, join } from 'node:path'
import { isWithin } from '../../base/within.ts'
import { expandGlob, matchesPath } from '../../mapping/glob.ts'
import type { FileGoals, GoalFiles } from '../../mapping/goal-files.ts'

/** A proposed mapping, and how many files it was made of. */
export interface JoinedProposal {
  readonly files: GoalFiles
  readonly count: number
}

/** The mappings that were proposed for single files, one for all files that are alike, with a glob that names them. */
export function joinedProposals(proposals: readonly GoalFiles[]): JoinedProposal[] {
  const alike = new Map<string, GoalFiles[]>()
  for (const one of proposals) {
    const { path: _, goals: __, ...others } = one
    const key = JSON.stringify(others)
    alike.set(key, [...(alike.get(key) ?? []), one])
  }
  const groups = [...alike.values()].map((group) => ({ group, paths: group.flatMap(({ path }) => path) }))
  return groups.map(({ group, paths }) => {
    const glob = globOf(paths, (group[0] as GoalFiles).read)
    // A glob must not take the files of another mapping.
    const others = groups.filter((one) => one.group !== group).flatMap((one) => one.paths)
    const path = others.some((one) => isMatch(glob, one)) ? paths : [glob]
    return { files: { ...(group[0] as GoalFiles), path, goals: joinedGoals(group) }, count: paths.length }
  })
}

/** Logs grow in number; a document that is alone may stay so. */
function globOf(paths: readonly string[], read: GoalFiles['read']): string {
  const [first = ''] = paths
  if (paths.length === 1 && read === 'whole') return first
  const folder = paths.map(dirname).reduce(commonFolder)
  const name = `*${extname(first)}`
  return paths.every((path) => dirname(path) === folder) ? join(folder, name) : join(folder, '**', name)
}

function commonFolder(one: string, other: string): string {
  let folder = one
  while (other !== folder && !isWithin(other, folder)) folder = dirname(folder)
  return folder
}

function isMatch(text: string, path: string): boolean {
  const glob = expandGlob(text, {}, '', '')
  return glob !== undefined && matchesPath(glob, path)
}

/** Goals that differ only in the words that their files have so far are of one kind. */
function joinedGoals(group: readonly GoalFiles[]): FileGoals[] {
  const kinds = new Map<string, FileGoals>()
  for (const goals of group.flatMap((one) => one.goals)) {
    const { statuses, ...others } = goals
    const key = JSON.stringify(others)
    const words = statuses && { ...kinds.get(key)?.statuses, ...statuses }
    kinds.set(key, words ? { ...others, statuses: words } : others)
  }
  return [...kinds.values()]
}
