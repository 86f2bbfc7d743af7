import process from 'node:process'
import { claimedBy } from '../../files/claimed-globs.ts'
import { configuredFiles } from '../../mapping/configured-files.ts'
import { unsetVariables } from '../../mapping/glob.ts'
import type { GoalFiles } from '../../mapping/goal-files.ts'
import { shown } from '../lib/shown-path.ts'
import type { Check } from './check.ts'
import { counted, filesOf, goalCount, placesIn } from './goals-in-files.ts'

/** Of each entry of `files` in goaltrace.config.json. @throws as `configuration` does. */
export function configuredFilesChecks(): Check[] {
  return configuredFiles().map((files, n) => ({ name: `files[${n}]`, ...findingsOf(files) }))
}

function findingsOf(files: GoalFiles): Omit<Check, 'name'> {
  const places = placesIn(process.cwd())
  const where = files.path.map(shown).join(', ')
  const [claim] = claimedBy([files], places)
  if (claim?.globs.length === 0) {
    const fix = `set ${unsetVariables(files.path, process.env).join(', ')}, or add a path without it`
    return { found: `nothing is left of its path ${where}`, fix }
  }
  const paths = filesOf(files.path, places)
  if (paths.length === 0) return { found: `no file yet for ${where}` }
  const withGoals = paths.filter((path) => goalCount(files, path) > 0).length
  const found = `${counted(paths.length)} for ${where}, ${withGoals === 0 ? 'without a goal by this mapping' : `goals in ${withGoals}`}`
  const fix = 'if they hold goals, correct its records, fields and statuses; `goaltrace doctor DIR` proposes a mapping'
  return { found, fix: withGoals === 0 ? fix : undefined }
}
