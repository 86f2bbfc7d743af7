import { basename } from 'node:path'
import type { FollowedFile } from './followed-file.ts'
import { ReadFile } from './read-file.ts'

/**
 * The files that a new one may be a copy of, or the beginning of a copy that is still being made. By the name or the size first:
 * few are opened, though there may be thousands.
 */
export function originalsOf(file: FollowedFile, opened: ReadFile, others: Iterable<FollowedFile>): FollowedFile[] {
  const { size } = opened.stamp
  const name = `/${basename(file.path)}`
  const found: FollowedFile[] = []
  for (const other of others) {
    if (other === file || (other.stamp.size !== size && !other.path.endsWith(name))) continue
    if (isSameBeginning(opened, other, Math.min(size, other.stamp.size))) found.push(other)
  }
  return found
}

function isSameBeginning(opened: ReadFile, { path }: FollowedFile, length: number): boolean {
  if (length <= 0) return false
  let other: ReadFile | undefined
  try {
    other = ReadFile.open(path)
    return other !== undefined && other.stamp.size >= length && other.tail(length) === opened.tail(length)
  } catch {
    // The other may not be read: this is no reason not to read this one.
    return false
  } finally {
    other?.close()
  }
}
