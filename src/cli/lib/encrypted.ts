import { resultCode } from '../../sqlite/result-code.ts'

/**
 * What to do about a file that SQLite cannot read. To it, an encrypted database is a file of noise.
 * @param otherwise What to do where it is readable, or no database at all.
 */
export function whatToDo(error: unknown, otherwise: string): string {
  if (resultCode(error) !== 'SQLITE_NOTADB') return otherwise
  return `${otherwise}; if it is encrypted, only its agent can read it, and delivers what is pending at its next run`
}
