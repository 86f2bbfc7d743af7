import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { FRAME_HEADER_BYTES, frameBytes, parseFrame, saltOf, type WalPosition } from '../sqlite/wal/wal-frame.ts'
import { parseWalHeader, WAL_HEADER_BYTES, type WalHeader } from '../sqlite/wal/wal-header.ts'

export interface WalCommit {
  /** The pages that it has written, by number, each as the commit leaves it. */
  readonly pages: ReadonlyMap<number, Buffer>
  readonly end: WalPosition
}

export interface WalCommits {
  readonly commits: readonly WalCommit[]
  /** Where the valid frames end, those of an open transaction included. */
  readonly framesEnd: number
  /** There may be more of them than were read. */
  readonly more: boolean
}

const LARGEST_CHUNK = 1 << 20
/**
 * An open transaction is read again from its start, as each of its frames may have changed. A large one
 * is read again only after this many times the time that reading it took.
 */
const PATIENCE = 10
const LARGE_BYTES = 16 << 20

/** A log file, as it is named now or was: a removed one stays readable here to its end. Takes no lock and writes nothing. */
export class WalFile {
  readonly #descriptor: number
  /** Which file it is, whatever its name. */
  readonly id: string
  #inVain: { offset: number; until: number } | undefined

  /** @returns undefined where there is none. @throws what the file system says. */
  static open(path: string): WalFile | undefined {
    try {
      return new WalFile(openSync(path, 'r'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
    this.id = idOf(fstatSync(descriptor, { bigint: true }))
  }

  get size(): number {
    return fstatSync(this.#descriptor).size
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  header(): WalHeader | undefined {
    return parseWalHeader(this.#read(0, WAL_HEADER_BYTES))
  }

  /** The salt of the frame at an offset; undefined at the end of the file. */
  saltAt(offset: number): string | undefined {
    const bytes = this.#read(offset, FRAME_HEADER_BYTES)
    return bytes.length < FRAME_HEADER_BYTES ? undefined : saltOf(bytes)
  }

  /** Whether the frame that ends at a position is the one that was read there; a power failure may have taken it. */
  holds({ header, offset, sums }: WalPosition): boolean {
    if (offset <= WAL_HEADER_BYTES) return true
    const bytes = this.#read(offset - frameBytes(header), FRAME_HEADER_BYTES)
    if (bytes.length < FRAME_HEADER_BYTES) return false
    return saltOf(bytes) === header.salt && bytes.readUInt32BE(16) === sums[0] && bytes.readUInt32BE(20) === sums[1]
  }

  /**
   * All commits after a position, or the first `limit` bytes of them.
   * @param atOnce Whether an open transaction is read again that was just read in vain.
   */
  commits(from: WalPosition, limit: number, atOnce = false): WalCommits {
    const { header } = from
    const nothing = { commits: [], framesEnd: from.offset, more: false }
    if (this.saltAt(from.offset) !== header.salt) return nothing
    const started = performance.now()
    if (!atOnce && this.#inVain?.offset === from.offset && started < this.#inVain.until) return nothing
    const length = frameBytes(header)
    const most = Math.max(1, Math.floor(LARGEST_CHUNK / length))
    const commits: WalCommit[] = []
    let [offset, sums, pages] = [from.offset, from.sums, new Map<number, Buffer>()]
    for (let count = Math.min(4, most); ; count = Math.min(count * 2, most)) {
      const chunk = this.#read(offset, count * length)
      const whole = Math.floor(chunk.length / length)
      for (let n = 0; n < whole; n++) {
        const bytes = chunk.subarray(n * length, (n + 1) * length)
        const frame = parseFrame(bytes, header, sums)
        if (frame === undefined) return this.#ended(commits, from, offset, started)
        offset += length
        sums = frame.sums
        pages.set(frame.page, bytes.subarray(FRAME_HEADER_BYTES))
        if (frame.commit === 0) continue
        commits.push({ pages, end: { header, offset, sums } })
        if (offset - from.offset >= limit) return { commits, framesEnd: offset, more: true }
        pages = new Map()
      }
      if (whole < count) return this.#ended(commits, from, offset, started)
    }
  }

  #ended(commits: WalCommit[], from: WalPosition, framesEnd: number, started: number): WalCommits {
    const now = performance.now()
    const isLarge = commits.length === 0 && framesEnd - from.offset > LARGE_BYTES
    this.#inVain = isLarge ? { offset: from.offset, until: now + PATIENCE * (now - started) } : undefined
    return { commits, framesEnd, more: false }
  }

  /** Where each page was last written before a position; undefined where the file was cut off meanwhile. */
  pagesBefore({ header, offset: end }: WalPosition): Map<number, number> | undefined {
    const length = frameBytes(header)
    const found = new Map<number, number>()
    for (let offset = WAL_HEADER_BYTES; offset + length <= end; offset += length) {
      const page = this.#read(offset, 4)
      if (page.length < 4) return undefined
      found.set(page.readUInt32BE(0), offset)
    }
    return found
  }

  /** The page of a frame. */
  page(offset: number, { pageSize }: WalHeader): Buffer {
    return this.#read(offset + FRAME_HEADER_BYTES, pageSize)
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(length)
    const read = readSync(this.#descriptor, bytes, 0, length, position)
    return read === length ? bytes : bytes.subarray(0, read)
  }
}

/** The id of the file that has this name now; undefined if there is none. */
export function idAt(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && idOf(found)
}

function idOf({ dev, ino }: { dev: bigint; ino: bigint }): string {
  return `${dev}:${ino}`
}
