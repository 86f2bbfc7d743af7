import { join } from 'node:path'
import { stateDirectory } from '../base/state-directory.ts'

/** Where those who read along with a client of Codex leave what they were told, a file for each, for `goaltrace codex watch`. */
export function protocolNotesFolder(env = process.env): string {
  return join(stateDirectory(env), 'codex-protocol')
}
