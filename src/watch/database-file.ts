import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { checksum } from '../sqlite/wal/checksum.ts'
import { DATABASE_HEADER_BYTES } from '../sqlite/wal/database-header.ts'
import { idAt } from './wal-file.ts'

/** File systems have times in steps of up to ten milliseconds, within which one more write does not show. */
const TICK_MS = 20
const UNCERTAIN = 'just now'

/** Whether any write after this stamp shows in the next one. */
export function isCertain(stamp: string): boolean {
  return !stamp.startsWith(UNCERTAIN)
}

/** A database's own file, without its log. Takes no lock and writes nothing. */
export class DatabaseFile {
  readonly #path: string
  readonly #descriptor: number
  /** Which file it is, whatever its name. */
  readonly id: string

  /** @throws what the file system says. */
  constructor(path: string) {
    this.#path = path
    this.#descriptor = openSync(path, 'r')
    this.id = idAt(path) ?? ''
  }

  get size(): number {
    return fstatSync(this.#descriptor).size
  }

  /** Changes when something is written to it; uncertain where that was just now. */
  stamp(): string {
    const { size, mtimeMs, mtimeNs, ctimeNs } = fstatSync(this.#descriptor, { bigint: true })
    const head = this.#read(0, DATABASE_HEADER_BYTES)
    const counts = checksum(head.subarray(0, head.length & ~7), false)
    const isRecent = Math.abs(Date.now() - Number(mtimeMs)) < TICK_MS
    return isRecent ? `${UNCERTAIN} ${counts}` : `${size} ${mtimeNs} ${ctimeNs} ${counts}`
  }

  /** The beginning of it, as far as there is one. */
  head(): Buffer {
    return this.#read(0, DATABASE_HEADER_BYTES)
  }

  /** Shorter where the file ends before. */
  page(number: number, size: number): Buffer {
    return this.#read((number - 1) * size, size)
  }

  /** Whether a transaction is in the midst of writing it, or was when its process died. */
  isUnderWay(): boolean {
    return this.journal() !== undefined
  }

  /** Of the journal of such a transaction: changes with each write to it. */
  journal(): string | undefined {
    let journal: number
    try {
      journal = openSync(`${this.#path}-journal`, 'r')
    } catch {
      return undefined
    }
    try {
      const first = Buffer.alloc(1)
      const { ino, size, mtimeMs } = fstatSync(journal)
      // Where the journal is kept (journal_mode TRUNCATE or PERSIST), an ended one is empty or begins with zeros.
      return readSync(journal, first, 0, 1, 0) === 1 && first[0] !== 0 ? [ino, size, mtimeMs].join() : undefined
    } finally {
      closeSync(journal)
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    const read = readSync(this.#descriptor, bytes, 0, length, position)
    return read === length ? bytes : bytes.subarray(0, read)
  }
}
