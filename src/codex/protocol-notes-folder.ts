import { join } from 'node:path'
import { stateDirectory } from '../base/state-directory.ts'

/** Where each `goaltrace codex app-server` writes a file of notes for `goaltrace codex watch`. */
export function protocolNotesFolder(env = process.env): string {
  return join(stateDirectory(env), 'codex-protocol')
}
