import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { goalEvents } from '../../event/goal-event.ts'
import type { FileName } from '../../files/file-change.ts'
import { nameOf } from '../../files/file-name.ts'
import { findFiles } from '../../files/found-files.ts'
import { GoalDocuments } from '../../files/goal-document.ts'
import { GoalLines, NO_LINES } from '../../files/goal-lines.ts'
import { PRESETS } from '../../files/presets.ts'
import { proposedFiles } from '../../files/proposed-files.ts'
import { ReadFile } from '../../files/read-file.ts'
import { expandGlob } from '../../mapping/glob.ts'
import type { GoalFiles } from '../../mapping/goal-files.ts'
import { shown } from '../lib/shown-path.ts'
import type { Check } from './check.ts'

/** Files of a folder that are looked at, the newest first; and bytes of each. */
const MOST_FILES = 500
const MOST_BYTES = 4 * 1024 * 1024

export interface FolderFindings {
  readonly checks: readonly Check[]
  /** For files that no preset follows. */
  readonly proposal: readonly GoalFiles[]
}

/** Looks for goals in the JSON files of a folder: where the presets look, and in all others by what is in them. */
export function folderFindings(folder: string): FolderFindings {
  const whole = resolve(folder)
  const places = { env: process.env, home: homedir(), folder: whole }
  const ofPreset = new Map<string, GoalFiles>()
  const checks: Check[] = []
  for (const { name, files } of PRESETS) {
    let count = 0
    for (const mapping of files) {
      for (const path of filesOf(mapping.path, places)) {
        ofPreset.set(path, mapping)
        if (isWithin(path, whole) && goalCount(mapping, path) > 0) count++
      }
    }
    if (count > 0)
      checks.push({ name: 'files', found: `${counted(count)} of ${name}: goaltrace watch --preset ${name}` })
  }
  const others = filesOf(['**/*.json', '**/*.jsonl'], places).filter((path) => !ofPreset.has(path))
  const proposal = new Map<string, GoalFiles>()
  for (const path of others) {
    const mapping = knownShape(path) ?? newShape(path)
    if (mapping) proposal.set(JSON.stringify({ ...mapping, path: join(dirname(path), `*${ending(path)}`) }), mapping)
  }
  for (const { path } of proposal.values()) {
    checks.push({ name: 'files', found: `${shown(path[0] ?? '')} seems to hold goals; a mapping is below` })
  }
  if (checks.length === 0) {
    checks.push({
      name: 'files',
      found: `no goal in the JSON files of ${shown(whole)}`,
      fix: 'name the folder in which your agent keeps its state',
    })
  }
  return { checks, proposal: [...proposal.values()] }
}

/** What of a preset's mapping finds goals in a file elsewhere, as where a variable or an option has moved it. */
function knownShape(path: string): GoalFiles | undefined {
  const read = ending(path) === '.jsonl' ? 'lines' : 'whole'
  for (const mapping of PRESETS.flatMap(({ files }) => files)) {
    if (mapping.read !== read) continue
    const goals = mapping.goals.filter((one) => goalCount({ ...mapping, goals: [one] }, path) > 0)
    if (goals.length > 0) return { ...mapping, path: [path], goals }
  }
  return undefined
}

function newShape(path: string): GoalFiles | undefined {
  const read = ending(path) === '.jsonl' ? 'lines' : 'whole'
  return proposedFiles(read, path, valuesOf(read, path))
}

/** How many goals a file has by a mapping that are as goals are: with a status, and an objective where it names one. */
function goalCount(mapping: GoalFiles, path: string): number {
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

function valuesOf(read: GoalFiles['read'], path: string): unknown[] {
  let file: ReadFile | undefined
  try {
    file = ReadFile.open(path)
    if (file === undefined || (read === 'whole' && file.stamp.size > MOST_BYTES)) return []
    const text = file.read(0, Math.min(file.stamp.size, MOST_BYTES)).toString()
    return (read === 'whole' ? [text] : text.split('\n')).flatMap(parsed)
  } catch {
    return []
  } finally {
    file?.close()
  }
}

function parsed(text: string): unknown[] {
  try {
    return text.trim() === '' ? [] : [JSON.parse(text)]
  } catch {
    return []
  }
}

function filesOf(
  globs: readonly string[],
  { env, home, folder }: { env: NodeJS.ProcessEnv; home: string; folder: string },
): string[] {
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

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder === '/' ? folder : `${folder}/`)
}

function ending(path: string): string {
  return path.endsWith('.jsonl') ? '.jsonl' : '.json'
}

function counted(count: number): string {
  return count === 1 ? 'one file' : `${count} files`
}
