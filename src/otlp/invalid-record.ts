import { StacklessError } from '../base/stackless-error.ts'

/** Thrown for a record, or a whole body, that cannot be read; the message names the first thing that is wrong with it. */
export class InvalidRecord extends StacklessError {
  override readonly name = 'InvalidRecord'
}
