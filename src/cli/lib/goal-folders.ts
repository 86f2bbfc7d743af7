import process from 'node:process'
import { realPath } from '../../base/real-path.ts'
import { PRESETS } from '../../files/presets.ts'
import { configurationFile } from '../../mapping/config-file.ts'
import { configuredFiles } from '../../mapping/configured-files.ts'
import { isRelative, variablesOf } from '../../mapping/glob.ts'
import type { GoalFiles } from '../../mapping/goal-files.ts'
import { Failure, UsageError } from './command.ts'

/** Files of agents that are watched together. */
export interface GoalFolders {
  /** What the user calls them. */
  readonly name: string
  /** Names goaltrace's own file for them. */
  readonly key: string
  readonly files: readonly GoalFiles[]
}

/** Codex, and an adapter that runs it: their goals are in Codex's database and rollouts. */
const CODEX_NAMES = ['codex', 'codex-acp']

/** @throws {UsageError} where there is no preset of that name. */
export function presetsOf(names: readonly string[]): GoalFolders[] {
  return [...new Set(names)].flatMap((name) => {
    const preset = PRESETS.find((one) => one.name === name)
    if (CODEX_NAMES.includes(name))
      throw new UsageError(
        `${name} has its goals in Codex's database, not in JSON files: use \`goaltrace codex watch\`.`,
      )
    if (preset === undefined) {
      const known = PRESETS.map((one) => one.name).join(', ')
      throw new UsageError(`There is no preset ${JSON.stringify(name)}: the presets are ${known}.`)
    }
    const files = preset.files.map((one) => ({ agent: name, ...one }))
    return foldersOf(name, `preset:${name}`, files)
  })
}

/** The files that goaltrace.config.json names. @throws {Failure} where it is not valid. */
export function configuredFolders(): GoalFolders[] {
  let files: readonly GoalFiles[]
  try {
    files = configuredFiles()
  } catch (error) {
    throw new Failure((error as Error).message)
  }
  const name = configurationFile()
  return files.length === 0 ? [] : foldersOf(name, `files:${realPath(name)}`, files)
}

/** Files with absolute paths, and those of the project in the working directory, as separate parts: each project may have a process of its own. */
function foldersOf(name: string, key: string, files: readonly GoalFiles[]): GoalFolders[] {
  const here = process.cwd()
  const own = files.filter(({ path }) => path.some((glob) => isRelative(glob)))
  const others = files.filter((one) => !own.includes(one))
  const parts = [
    { name, key, files: others },
    { name: `${name} in ${here}`, key: `${key} in ${here}`, files: own },
  ]
  return parts.filter((part) => part.files.length > 0)
}

/** The variables that say where files are. */
export function variablesIn(folders: readonly GoalFolders[]): string[] {
  return variablesOf(folders.flatMap(({ files }) => files).flatMap(({ path }) => path))
}
