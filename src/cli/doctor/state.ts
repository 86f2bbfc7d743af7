import { reason } from '../../base/diagnose.ts'
import { StateDirectoryError, stateDirectory } from '../../base/state-directory.ts'
import type { Check } from './check.ts'

/** Where goaltrace keeps how far each database is delivered: without it nothing is delivered. */
export function stateCheck(): Check {
  const name = 'state'
  try {
    return { name, found: stateDirectory() }
  } catch (error) {
    if (!(error instanceof StateDirectoryError)) throw error
    const found = error.directory === undefined ? 'there is no home directory' : `${error.directory} cannot be used`
    const fix =
      'name a directory that the agent can write by GOALTRACE_STATE_DIR; until then events are pending in its database'
    return { name, found: `${found} (${reason(error.cause)})`, fix }
  }
}
