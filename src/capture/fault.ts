import { reason } from '../base/diagnose.ts'
import { resultCode } from '../sqlite/result-code.ts'

/** Faults of the disk, of memory or of a limit, which the triggers' rows may have exceeded. */
const MAY_BE_OURS = /^SQLITE_(?:FULL|CORRUPT|NOTADB|IOERR|CANTOPEN|NOMEM|TOOBIG|AUTH|PERM|INTERNAL)/

const thrown = new WeakSet<object>()

/** Remembers an error that one of goaltrace's functions has thrown inside the agent's statement. */
export function noteThrown(error: unknown): void {
  if (typeof error === 'object' && error !== null) thrown.add(error)
}

/**
 * Whether goaltrace may be the reason: an error that names one of its tables or functions, a trigger's row, or a table as
 * its triggers name it; one that its functions threw; or one that its own writes may cause. An error of the agent's comes
 * again when the statement runs without triggers.
 */
export function isOurs(error: unknown): boolean {
  if (typeof error === 'object' && error !== null && thrown.has(error)) return true
  return isOfSchema(error) || MAY_BE_OURS.test(resultCode(error)) || /_goaltrace|levels of trigger/.test(reason(error))
}

/** Whether the triggers do not fit the schema any more. */
export function isOfSchema(error: unknown): boolean {
  return resultCode(error) === 'SQLITE_ERROR' && /_goaltrace|\b(?:NEW|OLD)\.|no such table: main\./i.test(reason(error))
}

/** Whether the agent's own write would fail as well, or the next one will not, as in an encrypted file that has its key by then. */
export function isPassing(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED|READONLY|NOTADB)/.test(resultCode(error)) || /connection is busy/.test(reason(error))
}
