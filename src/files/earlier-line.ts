import type { GoalFiles } from '../mapping/goal-files.ts'
import type { FileLineBytes } from './file-lines.ts'
import { type LinesState, NO_LINES } from './goal-lines.ts'
import { readJson } from './json-text.ts'
import { type BranchLine, branchLine } from './line-branch.ts'

/** From each line's id to the one that it goes on from. */
type Parents = ReadonlyMap<string, BranchLine['from']>

/**
 * What was known at an earlier line of a session, by the lines on the way to it alone; undefined where one of them is missing.
 * @param id The line's; null before the first.
 * @param lines The session's lines, which are read twice so that none is kept.
 */
export function stateAtLine(
  id: string | null,
  lines: () => Iterable<FileLineBytes>,
  files: GoalFiles,
  read: (line: unknown, state: LinesState) => LinesState,
): LinesState | undefined {
  const parents = new Map<string, string | null>()
  for (const { branch } of valuesIn(lines(), files)) if (branch) parents.set(branch.id, branch.from)
  const way = wayTo(id, parents)
  if (way === undefined) return undefined
  let state = NO_LINES
  for (const { value, branch } of valuesIn(lines(), files)) {
    if (branch === undefined || way.has(branch.id)) state = read(value, state)
  }
  return state
}

function* valuesIn(lines: Iterable<FileLineBytes>, files: GoalFiles) {
  for (const { bytes } of lines) {
    const read = readJson(bytes)
    if ('value' in read) yield { value: read.value, branch: branchLine(read.value, files) }
  }
}

function wayTo(id: string | null, parents: Parents): ReadonlySet<string> | undefined {
  const way = new Set<string>()
  for (let one: string | null | undefined = id; one !== null; one = parents.get(one)) {
    // Two lines that go on from each other are no way at all.
    if (one === undefined || way.has(one) || !parents.has(one)) return undefined
    way.add(one)
  }
  return way
}
