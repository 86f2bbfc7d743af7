import { basename, dirname, extname } from 'node:path'
import type { FileName } from './file-change.ts'

export function nameOf(path: string): FileName {
  return { name: basename(path, extname(path)), folder: basename(dirname(path)) }
}
