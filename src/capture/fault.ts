import { resultCode } from '../sqlite/result-code.ts'
import { reason } from '../telemetry/diagnose.ts'

/** An error that names what is goaltrace's, or a trigger's row, or a table as its triggers name it; or one of the disk, which its rows may have been too much for. */
export function isOurs(error: unknown): boolean {
  return isOfSchema(error) || /^SQLITE_(?:FULL|CORRUPT|IOERR)/.test(resultCode(error))
}

export function isOfSchema(error: unknown): boolean {
  return resultCode(error) === 'SQLITE_ERROR' && /_goaltrace|\b(?:NEW|OLD)\.|no such table: main\./i.test(reason(error))
}

/** What the agent's own write would meet as well, or what is over by the next one. */
export function isPassing(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED|READONLY)/.test(resultCode(error)) || /connection is busy/.test(reason(error))
}
