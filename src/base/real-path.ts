import { realpathSync } from 'node:fs'

/** The one path of a file, whatever link it is reached by. @throws {Error} if the file does not exist. */
export function realPath(file: string): string {
  return realpathSync(file)
}

/** The same; undefined where there is no such file. */
export function existingPath(file: string): string | undefined {
  try {
    return realpathSync(file)
  } catch {
    return undefined
  }
}
