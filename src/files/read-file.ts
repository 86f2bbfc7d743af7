import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'

/** What of a file is known without reading it. */
export interface FileStamp {
  readonly size: number
  /** Milliseconds since 1970. */
  readonly mtimeMs: number
  /** Which file it is, whatever its name. */
  readonly id: string
}

/** Not through a link, as it may lead out of the folder; and without waiting for a pipe that somebody else would have to open. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
/** Bytes before a place by which it is recognized. */
const TAIL_BYTES = 256

/** A file that is read, and nothing else. */
export class ReadFile {
  readonly #descriptor: number
  readonly stamp: FileStamp

  /** Undefined where there is no regular file, or it cannot be read. */
  static open(path: string): ReadFile | undefined {
    let descriptor: number
    try {
      descriptor = openSync(path, FLAGS)
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(String((error as NodeJS.ErrnoException).code))) return undefined
      throw error
    }
    const stats = fstatSync(descriptor)
    if (stats.isFile()) return new ReadFile(descriptor, stampOf(stats))
    closeSync(descriptor)
    return undefined
  }

  private constructor(descriptor: number, stamp: FileStamp) {
    this.#descriptor = descriptor
    this.stamp = stamp
  }

  /** Shorter where the file ends before. */
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

  /** What a place is recognized by, however the file came to be there. */
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

export function digest(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
