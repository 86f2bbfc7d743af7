import type { Checksum } from '../sqlite/wal/checksum.ts'
import { startOf, type WalPosition } from '../sqlite/wal/wal-frame.ts'
import type { WalCommit } from './wal-file.ts'

/** Commits one after the other, as one thread gives them to another. */
export interface LogPiece {
  /** Where the first begins. */
  readonly start: WalPosition
  /** Where the log's last generation ended, for the first piece of the next one. */
  readonly after: WalPosition | undefined
  readonly commits: readonly PackedCommit[]
  /** What is kept of their pages, in their order. */
  readonly bytes: ArrayBuffer
}

interface PackedCommit {
  /** Number by number: of a page, where in it the bytes begin that are kept, and how many they are. */
  readonly pages: readonly number[]
  /** Where it ends. */
  readonly offset: number
  readonly sums: Checksum
}

/** Of each page all of it the first time, and then what is another than the last time: a commit mostly changes a few bytes. */
export function packed(start: WalPosition, after: WalPosition | undefined, commits: readonly WalCommit[]): LogPiece {
  const last = new Map<number, Buffer>()
  const parts: Buffer[] = []
  const places = commits.map(({ pages, end: { offset, sums } }): PackedCommit => {
    const kept: number[] = []
    for (const [page, content] of pages) {
      const [from, to] = differenceOf(last.get(page), content)
      kept.push(page, from, to - from)
      parts.push(content.subarray(from, to))
      last.set(page, content)
    }
    return { pages: kept, offset, sums }
  })
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return { start, after, commits: places, bytes: bytes.buffer }
}

/**
 * The commits of a piece that come after a position.
 * @returns undefined where it does not go on from there.
 */
export function commitsAfter({ header, offset }: WalPosition, piece: LogPiece): WalCommit[] | undefined {
  const { start, after } = piece
  const isSame = start.header.salt === header.salt
  const goesOn = isSame ? start.offset <= offset : after?.header.salt === header.salt && after.offset === offset
  if (!goesOn) return undefined
  return unpacked(piece).filter(({ end }) => !isSame || end.offset > offset)
}

function unpacked({ start, commits, bytes }: LogPiece): WalCommit[] {
  const last = new Map<number, Buffer>()
  let at = 0
  return commits.map(({ pages: kept, offset, sums }) => {
    const pages = new Map<number, Buffer>()
    for (let n = 0; n < kept.length; n += 3) {
      const [page, from, length] = kept.slice(n, n + 3) as [number, number, number]
      const before = last.get(page)
      const content = before ? Buffer.from(before) : Buffer.allocUnsafeSlow(length)
      content.set(new Uint8Array(bytes, at, length), from)
      at += length
      last.set(page, content)
      pages.set(page, content)
    }
    return { pages, end: { ...startOf(start.header), offset, sums } }
  })
}

/** From the first byte to behind the last that differ, in steps of words. */
function differenceOf(before: Buffer | undefined, now: Buffer): [from: number, to: number] {
  if (before === undefined) return [0, now.length]
  const [old, words] = [wordsOf(before), wordsOf(now)]
  let [from, to] = [0, words.length]
  while (from < to && old[from] === words[from]) from++
  while (to > from && old[to - 1] === words[to - 1]) to--
  return [from * 4, to * 4]
}

/** Pages begin at a multiple of eight bytes in what was read of a log. */
function wordsOf({ buffer, byteOffset, length }: Buffer): Int32Array {
  return new Int32Array(buffer, byteOffset, length >> 2)
}
