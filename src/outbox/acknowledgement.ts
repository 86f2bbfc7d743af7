import { type OpenDatabase, type OwnDatabase, stateFile } from './outbox-file.ts'

/** How far an outbox is delivered: the last row that has arrived. */
export interface Mark {
  readonly seq: number
  readonly uid: string
}

export const NOTHING_YET: Mark = { seq: 0, uid: '' }

export interface Acknowledgements {
  read(): Mark
  write(mark: Mark): void
  close(): void
}

/**
 * Keeps the mark beside the outbox, not in it, where writing it would make the agent wait. With the row's uid, so that a
 * database restored from a backup or made anew is told from the one that the mark is about.
 */
export class AcknowledgementFile implements Acknowledgements {
  readonly #database: OwnDatabase

  constructor(path: string, open: OpenDatabase) {
    this.#database = new open(stateFile(path, 'ack'), { timeout: 100 })
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, uid TEXT NOT NULL)`)
  }

  read(): Mark {
    return (this.#database.prepare('SELECT seq, uid FROM mark WHERE id = 1').get() as Mark | undefined) ?? NOTHING_YET
  }

  write({ seq, uid }: Mark): void {
    this.#database.prepare('INSERT OR REPLACE INTO mark VALUES (1, ?, ?)').run(seq, uid)
  }

  close(): void {
    this.#database.close()
  }
}
