import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import type { OpenDatabase } from '../sqlite/open-database.ts'
import { type Checkpoint, furthest, NOTHING_DELIVERED } from './checkpoint.ts'
import type { CheckpointStore, DeadLetter, LifeChanges } from './checkpoint-store.ts'
import { DeadLetterFile } from './dead-letter-file.ts'
import { EarlierCheckpoint } from './earlier-checkpoint.ts'
import { GoalLivesFile } from './goal-lives-file.ts'
import { keptText, livesOf, MOST_KEPT } from './kept-lives.ts'
import { stateFiles } from './outbox-file.ts'

/** Version of the file's line. Versions only add to each other; a newer one is left alone. */
const VERSION = 1
/** Characters. Overwritten in place by one write, in one sector of the disk. */
const LINE_LENGTH = 128

interface Line extends Checkpoint {
  readonly version: number
  /** An earlier goaltrace's file is taken over. */
  readonly retiredAck?: true
  /** The mark of the goals' lives, see goal-lives-file.ts, where they were followed up to this checkpoint. */
  readonly traced?: number
}

/**
 * Keeps the checkpoint beside the outbox, not in it, where writing it would make the agent wait. It has the row's uid, so that
 * it is not applied to a database restored from a backup or recreated. A line of text in a file for each database: a SQLite
 * file takes six times as long, and one for all of them would be open in every process, by each copy of SQLite in it, of
 * which one drops the locks of another. Only who holds the drain lock writes. Not synced: what a power failure takes is sent
 * again, and the database itself has a checkpoint too.
 */
export class CheckpointFile implements CheckpointStore {
  readonly #file: string
  readonly #letters: DeadLetterFile
  readonly #earlier: EarlierCheckpoint
  readonly #lives: GoalLivesFile
  #line: Line | undefined
  #descriptor: number | undefined

  /** @param open For what an earlier goaltrace has left. */
  constructor(path: string, open: OpenDatabase) {
    const file = stateFiles(path)
    this.#file = file('checkpoint')
    this.#letters = new DeadLetterFile(file('dead-letters'))
    this.#earlier = new EarlierCheckpoint(file('ack'), open)
    this.#lives = new GoalLivesFile(file('goals'), open)
  }

  /** @throws {Error} where a newer goaltrace has written it. */
  read(): Checkpoint {
    const line = readLine(this.#file)
    this.#line = line
    const { seq, uid, retiredAck } = line
    return retiredAck ? { seq, uid } : furthest({ seq, uid }, this.#earlier.read())
  }

  begin<T extends { readonly delivered: Checkpoint }>(
    pending: (kept: Checkpoint) => T,
    kept: () => string | undefined,
  ): T {
    const line = this.read()
    const { mark } = this.#lives
    // Further than the line where a kill came between the two.
    const found = pending(furthest(line, mark))
    const { delivered: checkpoint } = found
    if (!this.#areFollowed(checkpoint, mark)) {
      if (mark.seq > 0) this.#lives.forget()
      // As where the state directory is new: the database itself has the checkpoint, and lives that belong to it.
      if (!isSame(checkpoint, line)) this.#adopt(checkpoint, kept())
    }
    return found
  }

  /** The lives at this checkpoint, for the outbox's own file; undefined where they were not followed up to there, or cannot be read just now. */
  livesAt(checkpoint: Checkpoint): string | undefined {
    this.#line = readLine(this.#file)
    const { mark, lives } = this.#lives.peek(MOST_KEPT)
    return this.#areFollowed(checkpoint, mark) ? keptText(checkpoint, lives) : undefined
  }

  #areFollowed(checkpoint: Checkpoint, mark: Checkpoint): boolean {
    const line = this.#line ?? NOTHING_DELIVERED
    return isSame(checkpoint, mark) || (isSame(checkpoint, line) && this.#line?.traced === mark.seq)
  }

  #adopt(checkpoint: Checkpoint, kept: string | undefined): void {
    const lives = kept === undefined ? [] : livesOf(kept, checkpoint)
    if (lives.length > 0) this.#lives.write(lives, checkpoint)
  }

  lifeOf(key: string): string | undefined {
    return this.#lives.of(key)
  }

  write({ seq, uid }: Checkpoint, lives: LifeChanges | undefined): void {
    const { traced: before, ...line } = this.#line ?? readLine(this.#file)
    // What is delivered without them leaves them behind.
    if (lives === undefined && before !== undefined) this.#lives.forget()
    const traced = lives === undefined ? undefined : lives.length === 0 ? before : this.#keep(lives, { seq, uid })
    this.#put({ ...line, seq, uid, ...(traced !== undefined && { traced }) })
    if (line.retiredAck || !this.#earlier.exists) return
    for (const letter of this.#earlier.deadLetters()) this.#letters.add(letter)
    this.#put({ ...line, seq, uid, ...(traced !== undefined && { traced }), retiredAck: true })
    this.#earlier.retire()
  }

  setAside(letter: DeadLetter): void {
    this.#letters.add(letter)
  }

  deadLetters(): DeadLetter[] {
    const letters = [...this.#earlier.deadLetters(), ...this.#letters.read()]
    const byUid = new Map(letters.map((letter) => [letter.uid, letter]))
    return [...byUid.values()].sort((one, other) => (one.uid < other.uid ? -1 : 1))
  }

  close(): void {
    this.#lives.close()
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #keep(lives: LifeChanges, checkpoint: Checkpoint): number | undefined {
    return this.#lives.write(lives, checkpoint) ? checkpoint.seq : undefined
  }

  #put(line: Line): void {
    this.#line = line
    this.#descriptor ??= openSync(this.#file, constants.O_RDWR | constants.O_CREAT, 0o600)
    writeSync(this.#descriptor, `${JSON.stringify(line).padEnd(LINE_LENGTH - 1)}\n`, 0)
  }
}

function isSame(one: Checkpoint, other: Checkpoint): boolean {
  return one.seq === other.seq && one.uid === other.uid
}

/** The checkpoint of a file in the state directory. Never throws, and creates no file. */
export function recallCheckpoint(path: string, open: OpenDatabase): Checkpoint {
  try {
    return new CheckpointFile(path, open).read()
  } catch {
    // It is read again before anything is delivered, where a fault is reported.
    return NOTHING_DELIVERED
  }
}

function readLine(file: string): Line {
  const text = textOf(file)
  const { version, seq, uid, retiredAck, traced } = parsed(text)
  if (typeof version === 'number' && version > VERSION) {
    throw new Error(
      `a newer goaltrace wrote ${file} (version ${version}, known here is ${VERSION}): update goaltrace here too`,
    )
  }
  // Else damaged by a power failure.
  const sound = typeof seq === 'number' && typeof uid === 'string'
  return {
    version: VERSION,
    ...(sound ? { seq, uid } : NOTHING_DELIVERED),
    ...(retiredAck === true && { retiredAck }),
    ...(sound && typeof traced === 'number' && { traced }),
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function parsed(text: string): { [name in keyof Line]?: unknown } {
  try {
    // What follows the first line is left from a longer one.
    return Object(JSON.parse(text.split('\n', 1)[0] ?? ''))
  } catch {
    return {}
  }
}
