import { statSync } from 'node:fs'

/**
 * Whether a file or a folder above it was removed. One that cannot be looked at just now, for want of a permission or of its
 * device, is not: it may be back in a moment.
 */
export function isRemoved(path: string): boolean {
  try {
    statSync(path)
    return false
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR'
  }
}
