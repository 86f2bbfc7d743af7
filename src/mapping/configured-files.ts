import { check } from '../base/check.ts'
import { objectOf, type Rule } from '../base/rules.ts'
import { CONFIG_FILE, configurationFile, parsedConfiguration, readConfiguration } from './config-file.ts'
import { GOAL_FILES } from './goal-file-rules.ts'
import type { GoalFiles } from './goal-files.ts'

/** All of goaltrace.config.json, of which scripts/config-schema.ts makes a JSON Schema. */
export const WHOLE_CONFIG_FILE: Rule = objectOf({ ...CONFIG_FILE.fields, files: GOAL_FILES })

/** The files in which agents keep goals, by the file of `configuration`. @throws as `configuration` does. */
export function configuredFiles(env = process.env): readonly GoalFiles[] {
  const file = configurationFile(env)
  const text = readConfiguration(file, Boolean(env.GOALTRACE_CONFIG))
  return text === undefined ? [] : parsedFiles(file, text)
}

/** @throws {TypeError} naming the file and what in it is not valid. */
export function parsedFiles(file: string, text: string): readonly GoalFiles[] {
  const { files = [] } = parsedConfiguration(file, text)
  check(file, 'files', files, GOAL_FILES)
  return files
}
