import nodePath from 'node:path'

/** What differs between systems: `path.posix` or `path.win32`. */
export type Paths = Pick<typeof nodePath, 'sep' | 'isAbsolute' | 'join' | 'parse'>

/** Whether a path is below a folder, which may be the root of all. */
export function isWithin(path: string, folder: string, { sep }: Paths = nodePath): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

/** The names in a path, of which a disk's is one. */
export function namesIn(path: string, { sep }: Paths = nodePath): string[] {
  return path.split(sep === '/' ? sep : /[\\/]/).filter(Boolean)
}
