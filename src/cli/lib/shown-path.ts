import { isAbsolute, relative } from 'node:path'
import process from 'node:process'

/** A path, as short as it can be said from here. */
export function shown(path: string): string {
  if (!isAbsolute(path)) return path
  const here = relative(process.cwd(), path)
  return here.startsWith('..') ? path : here
}
