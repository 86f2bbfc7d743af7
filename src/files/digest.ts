import { createHash } from 'node:crypto'

/** 16 hex digits: long enough to tell lines, globs and mappings apart. */
export function digest(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
