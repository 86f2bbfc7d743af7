import { StacklessError } from '../base/stackless-error.ts'

/** Thrown for a record that cannot be stored; the message is the reason that /api/rejected gives: the first thing that is wrong. */
export class Malformed extends StacklessError {
  override readonly name = 'Malformed'
}
