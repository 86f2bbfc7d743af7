import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { digest } from './digest.ts'

/** What the file system says of a file: enough to see that it has changed without reading it. */
export interface FileStamp {
  readonly size: number
  /** Milliseconds since 1970. */
  readonly mtimeMs: number
  /** Device and inode: the same after a rename. */
  readonly id: string
}

/** Not through a link, as it may lead out of the folder; and without waiting for a pipe that somebody else would have to open. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
/** Bytes before an offset whose digest shows that they are still the ones that were read. */
const TAIL_BYTES = 256

/** An open file, for reading only. */
export class ReadFile {
  readonly #descriptor: number
  readonly path: string
  readonly stamp: FileStamp

  /** @returns undefined where there is no regular file. @throws what the file system says otherwise, as where it may not be read. */
  static open(path: string): ReadFile | undefined {
    let descriptor: number
    try {
      descriptor = openSync(path, FLAGS)
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(String((error as NodeJS.ErrnoException).code))) return undefined
      throw error
    }
    const stats = fstatSync(descriptor)
    if (stats.isFile()) return new ReadFile(path, descriptor, stampOf(stats))
    closeSync(descriptor)
    return undefined
  }

  private constructor(path: string, descriptor: number, stamp: FileStamp) {
    this.path = path
    this.#descriptor = descriptor
    this.stamp = stamp
  }

  /** @returns fewer bytes where the file ends earlier. */
  read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, length))
    let read = 0
    while (read < bytes.length) {
      const got = readSync(this.#descriptor, bytes, read, bytes.length - read, position + read)
      if (got === 0) break
      read += got
    }
    return bytes.subarray(0, read)
  }

  /** A digest of the bytes just before an offset: it stays the same in a file that was appended to, moved or copied. */
  tail(offset: number): string {
    const from = Math.max(0, offset - TAIL_BYTES)
    return digest(this.read(from, offset - from))
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

export function stampOf({ dev, ino, size, mtimeMs }: Stats): FileStamp {
  return { size, mtimeMs, id: `${dev}:${ino}` }
}
