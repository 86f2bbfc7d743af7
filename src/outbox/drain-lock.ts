import type { OpenDatabase, OwnDatabase } from '../sqlite/open-database.ts'
import { resultCode } from '../sqlite/result-code.ts'
import { stateFile } from './outbox-file.ts'

/**
 * One drain per file, across processes and threads: two relays that delete by row number lose rows. The lock is SQLite's
 * own on a file in the state directory, so that the system frees it with the process that held it, however it ended.
 */
export class DrainLock {
  readonly #path: string
  readonly #open: OpenDatabase
  #held: OwnDatabase | undefined

  constructor(path: string, open: OpenDatabase) {
    this.#path = path
    this.#open = open
  }

  /** @returns whether it is held now. */
  tryAcquire(): boolean {
    if (this.#held) return true
    const database = new this.#open(stateFile(this.#path, 'lock'), { timeout: 0 })
    try {
      // Nothing is written, so there is no journal to make and to delete.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      this.#held = database
      return true
    } catch (error) {
      database.close()
      if (/^SQLITE_(?:BUSY|LOCKED)/.test(resultCode(error))) return false
      throw error
    }
  }

  release(): void {
    this.#held?.close()
    this.#held = undefined
  }
}
