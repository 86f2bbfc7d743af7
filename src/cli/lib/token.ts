import process from 'node:process'
import { UsageError } from './command.ts'

/**
 * The token in GOALTRACE_TOKEN; undefined if it is not set.
 * @throws {UsageError} for one that not every client can send: beyond ASCII each encodes a header otherwise, and fetch
 * refuses most.
 */
export function givenToken(): string | undefined {
  const token = process.env.GOALTRACE_TOKEN
  if (token === undefined || /^[ -~]*$/.test(token)) return token
  throw new UsageError('GOALTRACE_TOKEN has characters that are not printable ASCII: choose a token without them.')
}
