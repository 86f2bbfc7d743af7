import { homedir } from 'node:os'
import process from 'node:process'
import { goalEvents } from '../../event/goal-event.ts'
import type { Places } from '../../files/claimed-globs.ts'
import type { FileName } from '../../files/file-change.ts'
import { linesIn } from '../../files/file-lines.ts'
import { nameOf } from '../../files/file-name.ts'
import { findFiles } from '../../files/found-files.ts'
import { GoalDocuments } from '../../files/goal-document.ts'
import { GoalLines, NO_LINES } from '../../files/goal-lines.ts'
import { readJson } from '../../files/json-text.ts'
import { ReadFile } from '../../files/read-file.ts'
import { expandGlob } from '../../mapping/glob.ts'
import type { GoalFiles } from '../../mapping/goal-files.ts'

/** Files that are looked at, the newest first; and bytes of each. */
const MOST_FILES = 500
const MOST_BYTES = 4 << 20

export function placesIn(folder: string): Places {
  return { env: process.env, home: homedir(), folder }
}

/** How many goals a file has by a mapping that are as goals are: with a status, and an objective where it names one. */
export function goalCount(mapping: GoalFiles, path: string): number {
  const file = nameOf(path)
  const changes = mapping.read === 'lines' ? ofLines(mapping, path, file) : ofDocument(mapping, path, file)
  const goals = changes.flatMap(({ change }) => goalEvents(change)).map(({ goal }) => goal)
  const needsText = mapping.goals.some(({ fields }) => fields.objective !== undefined)
  return new Set(goals.filter((goal) => !needsText || goal.objectiveLength !== undefined).map(({ goalId }) => goalId))
    .size
}

function ofLines(mapping: GoalFiles, path: string, file: FileName) {
  const lines = new GoalLines(mapping, false)
  let state = NO_LINES
  return valuesOf('lines', path).flatMap((line) => {
    const said = lines.read(line, state, file)
    state = said.state
    return said.changes
  })
}

function ofDocument(mapping: GoalFiles, path: string, file: FileName) {
  const documents = new GoalDocuments(mapping, false)
  return documents.changes([], documents.goalsIn(valuesOf('whole', path)[0], file))
}

export function valuesOf(read: GoalFiles['read'], path: string): unknown[] {
  let file: ReadFile | undefined
  try {
    file = ReadFile.open(path)
    if (file === undefined || (read === 'whole' && file.stamp.size > MOST_BYTES)) return []
    const bytes = file.read(0, Math.min(file.stamp.size, MOST_BYTES))
    const texts = read === 'whole' ? [bytes] : textsIn(bytes)
    return texts.map(readJson).flatMap((json) => ('fault' in json ? [] : [json.value]))
  } catch {
    return []
  } finally {
    file?.close()
  }
}

/** The lines, with a last one without its newline: some agents end a log so. */
function textsIn(bytes: Buffer): Buffer[] {
  const lines = linesIn(bytes)
  return [...lines.map((line) => line.bytes), bytes.subarray(lines.at(-1)?.end ?? 0)]
}

/** The newest files that globs name. */
export function filesOf(globs: readonly string[], { env, home, folder }: Places): string[] {
  const found = new Map<string, number>()
  for (const text of globs) {
    const glob = expandGlob(text, env, home, folder)
    if (glob === undefined) continue
    const nothing = () => {}
    const finds = { folder: nothing, refused: nothing, linked: nothing, unreadable: nothing }
    findFiles(glob, { ...finds, file: (path, { mtimeMs }) => found.set(path, mtimeMs) })
  }
  return [...found]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_FILES)
    .map(([path]) => path)
}

export function counted(count: number): string {
  return count === 1 ? 'one file' : `${count} files`
}
