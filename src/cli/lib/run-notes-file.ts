import { existsSync, readFileSync } from 'node:fs'
import type { RunNote } from '../../base/run-notes.ts'

/** What the processes of a run have noted. */
export function notesIn(file: string): RunNote[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').flatMap(parsed) : []
}

/** A process that was killed, or a full disk, may have left half a line. */
function parsed(line: string): RunNote[] {
  try {
    return [JSON.parse(line) as RunNote]
  } catch {
    return []
  }
}
