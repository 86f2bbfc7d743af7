import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { realPath } from '../../base/real-path.ts'
import { isWithin } from '../../base/within.ts'
import { PRESETS } from '../../files/presets.ts'
import { proposedFiles } from '../../files/proposed-files.ts'
import type { GoalFiles } from '../../mapping/goal-files.ts'
import { databasePlaces } from '../lib/preset-databases.ts'
import { shown } from '../lib/shown-path.ts'
import type { Check } from './check.ts'
import { databaseFindings } from './database.ts'
import { counted, filesOf, goalCount, placesIn, valuesOf } from './goals-in-files.ts'
import { joinedProposals } from './joined-proposals.ts'

export interface FolderFindings {
  readonly checks: readonly Check[]
  /** For files that no preset follows. */
  readonly proposal: readonly GoalFiles[]
}

/** Looks for goals in the JSON files of a folder: where the presets look, and in all others by what is in them. */
export function folderFindings(folder: string): FolderFindings {
  const whole = resolve(folder)
  const places = placesIn(whole)
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
  for (const { file, preset, tables } of databasePlaces()) {
    if (existsSync(file) && isWithin(file, realPath(whole)))
      checks.push(...databaseFindings(file, tables, preset).checks)
  }
  const others = filesOf(['**/*.json', '**/*.jsonl'], places).filter((path) => !ofPreset.has(path))
  const proposals = joinedProposals(others.flatMap((path) => knownShape(path) ?? newShape(path) ?? []))
  for (const { files, count } of proposals) {
    const seem = count === 1 ? 'seems' : 'seem'
    const where = files.path.map(shown).join(', ')
    checks.push({ name: 'files', found: `${counted(count)} (${where}) ${seem} to hold goals; a mapping is below` })
  }
  if (checks.length === 0) {
    checks.push({
      name: 'files',
      found: `no goal in the JSON files of ${shown(whole)}`,
      fix: 'name the folder in which your agent keeps its state',
    })
  }
  return { checks, proposal: proposals.map(({ files }) => files) }
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

function ending(path: string): string {
  return path.endsWith('.jsonl') ? '.jsonl' : '.json'
}
