import { resultCode } from '../../sqlite/result-code.ts'
import type { ReceivedRecords, StoredCounts } from './received-records.ts'

interface Waiting {
  readonly records: ReceivedRecords
  readonly resolve: (stored: StoredCounts) => void
  readonly reject: (error: unknown) => void
}

/**
 * Commits requests together that arrive together, and answers each after the commit, which writes and syncs the same few
 * pages for one event as for a hundred. There is no delay; while one commit runs, the requests of the next arrive.
 */
export class GroupCommit {
  readonly #write: (requests: readonly ReceivedRecords[]) => StoredCounts[]
  #waiting: Waiting[] = []

  constructor(write: (requests: readonly ReceivedRecords[]) => StoredCounts[]) {
    this.#write = write
  }

  /**
   * Resolves when the records are on disk.
   * @throws {Error} where SQLite cannot store them now.
   */
  append(records: ReceivedRecords): Promise<StoredCounts> {
    return new Promise((resolve, reject) => {
      // After the requests that have already arrived.
      if (this.#waiting.length === 0) setImmediate(() => this.#commit())
      this.#waiting.push({ records, resolve, reject })
    })
  }

  #commit(): void {
    const group = this.#waiting
    this.#waiting = []
    try {
      const stored = this.#write(group.map(({ records }) => records))
      for (const [at, { resolve }] of group.entries()) resolve(stored[at] as StoredCounts)
    } catch (error) {
      if (group.length === 1 || isOfTheFile(error)) for (const { reject } of group) reject(error)
      else this.#commitEach(group)
    }
  }

  /** One that cannot be stored must not keep the others out. */
  #commitEach(group: readonly Waiting[]): void {
    for (const { records, resolve, reject } of group) {
      try {
        const [stored] = this.#write([records])
        resolve(stored as StoredCounts)
      } catch (error) {
        reject(error)
      }
    }
  }
}

/** A lock, a full disk or a broken file affects every request: trying each alone would only block longer. */
function isOfTheFile(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CORRUPT|CANTOPEN|NOTADB|PERM)/.test(resultCode(error))
}
