import type { ReadFile } from './read-file.ts'

/** A line without its newline, and the offset after that. */
export interface FileLineBytes {
  readonly bytes: Buffer
  readonly end: number
}

export interface FileLines {
  readonly lines: readonly FileLineBytes[]
  /** The offset up to which the file is read: after the last line, or within one that is too long. */
  readonly end: number
  /** Whether the end is within a line that is too long to be a goal's. */
  readonly inLong: boolean
  /** Whether such a line began here. */
  readonly tooLong: boolean
  /** Whether there is more to read by now. */
  readonly more: boolean
}

const NEW_LINE = 10
/** Bytes that are read at first; more where no line ends in them. */
const STEP_BYTES = 1 << 18
/** Bytes. Longer lines are skipped: messages may be, lines about goals are not. */
export const LONGEST_LINE = 8 << 20

/** The complete lines in a piece of a file. @param offset The piece's. */
export function linesIn(piece: Buffer, offset = 0): FileLineBytes[] {
  const lines: FileLineBytes[] = []
  let from = 0
  for (let end = piece.indexOf(NEW_LINE); end >= 0; end = piece.indexOf(NEW_LINE, from)) {
    lines.push({ bytes: piece.subarray(from, end), end: offset + end + 1 })
    from = end + 1
  }
  return lines
}

/** The next complete lines of a file; one without its newline is still being written. */
export function linesFrom(file: ReadFile, offset: number, inLong: boolean): FileLines {
  const { size } = file.stamp
  let start = offset
  let length = STEP_BYTES
  for (;;) {
    const bytes = file.read(start, Math.min(length, size - start))
    const lines = linesIn(bytes, start)
    const read = start + bytes.length
    const last = lines.at(-1)
    if (last) {
      // The end of a long line is none.
      if (inLong) lines.shift()
      return { lines, end: last.end, inLong: false, tooLong: false, more: read < size }
    }
    if (inLong) {
      start = read
      if (bytes.length === 0 || start >= size) return { lines, end: start, inLong: true, tooLong: false, more: false }
    } else if (bytes.length >= LONGEST_LINE) {
      return { lines, end: read, inLong: true, tooLong: true, more: read < size }
    } else if (read >= size || bytes.length < length) {
      return { lines, end: start, inLong: false, tooLong: false, more: false }
    } else length = Math.min(LONGEST_LINE, length * 4)
  }
}

/** All complete lines up to an offset. */
export function* linesTo(file: ReadFile, offset: number): Generator<FileLineBytes> {
  let read: Pick<FileLines, 'end' | 'inLong' | 'more'> = { end: 0, inLong: false, more: true }
  while (read.more && read.end < offset) {
    const next = linesFrom(file, read.end, read.inLong)
    yield* next.lines.filter(({ end }) => end <= offset)
    read = next
  }
}
