import { existsSync, rmSync } from 'node:fs'
import type { OpenDatabase, OwnDatabase } from '../sqlite/open-database.ts'
import { resultCode } from '../sqlite/result-code.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import { stateFile } from './outbox-file.ts'

/** A record that the receiver refuses for good, and why. */
export interface DeadLetter {
  readonly uid: string
  readonly reason: string
  readonly record: unknown
}

export interface CheckpointStore {
  read(): Checkpoint
  write(checkpoint: Checkpoint): void
  setAside(letter: DeadLetter): void
  /** What was set aside, the oldest first. */
  deadLetters(): DeadLetter[]
  close(): void
}

/**
 * Keeps the checkpoint beside the outbox, not in it, where writing it would make the agent wait. With the row's uid, so that a
 * database restored from a backup or made anew is told from the one that the checkpoint is about.
 */
export class CheckpointFile implements CheckpointStore {
  readonly #database: OwnDatabase

  constructor(path: string, open: OpenDatabase) {
    const file = stateFile(path, 'ack')
    try {
      this.#database = opened(file, open)
    } catch (error) {
      if (!/^SQLITE_(?:CORRUPT|NOTADB)/.test(resultCode(error))) throw error
      // After a power failure. The checkpoint in the database itself, and what is sent again, stand in for it.
      for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
      this.#database = opened(file, open)
    }
  }

  read(): Checkpoint {
    return (
      (this.#database.prepare('SELECT seq, uid FROM mark WHERE id = 1').get() as Checkpoint | undefined) ??
      NOTHING_DELIVERED
    )
  }

  write({ seq, uid }: Checkpoint): void {
    this.#database.prepare('INSERT OR REPLACE INTO mark VALUES (1, ?, ?)').run(seq, uid)
  }

  setAside({ uid, reason, record }: DeadLetter): void {
    // A checkpoint that is lost with the power is sent again from; a record that is set aside is nowhere else.
    this.#database.exec('PRAGMA synchronous = FULL')
    this.#database
      .prepare('INSERT OR REPLACE INTO dead_letter VALUES (?, ?, ?)')
      .run(uid, reason, JSON.stringify(record))
  }

  deadLetters(): DeadLetter[] {
    const letters = this.#database.prepare('SELECT uid, reason, record FROM dead_letter ORDER BY uid').all()
    return (letters as { uid: string; reason: string; record: string }[]).map((letter) => ({
      ...letter,
      record: JSON.parse(letter.record),
    }))
  }

  close(): void {
    this.#database.close()
  }
}

/** Synced, each drain would make the agent wait 20 ms for the disk: the file is opened, written and closed anew. */
function opened(file: string, open: OpenDatabase): OwnDatabase {
  const database = new open(file, { timeout: 100 })
  try {
    database.exec(`PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, uid TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS dead_letter (uid TEXT PRIMARY KEY, reason TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** The checkpoint of a file as the state directory has it. Never throws, and makes no file. */
export function recallCheckpoint(path: string, open: OpenDatabase): Checkpoint {
  try {
    if (!existsSync(stateFile(path, 'ack'))) return NOTHING_DELIVERED
    const file = new CheckpointFile(path, open)
    try {
      return file.read()
    } finally {
      file.close()
    }
  } catch {
    // It is asked for again by whoever delivers, who says what is wrong.
    return NOTHING_DELIVERED
  }
}
