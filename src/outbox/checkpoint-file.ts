import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import type { OpenDatabase } from '../sqlite/open-database.ts'
import { type Checkpoint, furthest, NOTHING_DELIVERED } from './checkpoint.ts'
import {
  areFew,
  areFewAgain,
  type CheckpointLine,
  checkpointText,
  FEW_AGAIN,
  parseCheckpoint,
} from './checkpoint-line.ts'
import type { CheckpointStore, DeadLetter, OpenGoalChanges } from './checkpoint-store.ts'
import { DeadLetterFile } from './dead-letter-file.ts'
import { EarlierCheckpoint } from './earlier-checkpoint.ts'
import { OpenGoalsFile } from './open-goals-file.ts'
import { MOST_KEPT, openGoalsText, parseOpenGoals } from './open-goals-text.ts'
import { stateFiles } from './outbox-file.ts'
import { type UnsentSpans, UnsentSpansFile } from './unsent-spans-file.ts'

/**
 * Keeps the checkpoint beside the outbox, not in it, where writing it would make the agent wait. It has the row's uid, so that
 * it is not applied to a database restored from a backup or recreated. A line of text in a file for each database: a SQLite
 * file takes six times as long, and one for all of them would be open in every process, by each copy of SQLite in it, of
 * which one drops the locks of another. Open goals are in it too while they are few, as one more SQLite file for each
 * database took longer than all else. Only the holder of the drain lock writes. Not synced: what a power failure takes is sent again,
 * and the database itself has a checkpoint too.
 */
export class CheckpointFile implements CheckpointStore {
  readonly #file: string
  readonly #letters: DeadLetterFile
  readonly #earlier: EarlierCheckpoint
  readonly #openGoalsFile: OpenGoalsFile
  readonly #unsentSpans: UnsentSpansFile
  #line: CheckpointLine | undefined
  /** The goals that are not over, by `goalKey`; undefined where they are in the file of open goals, or not followed. */
  #few: Map<string, string> | undefined
  #descriptor: number | undefined

  /** @param open For what an earlier goaltrace has left. */
  constructor(path: string, open: OpenDatabase) {
    const file = stateFiles(path)
    this.#file = file('checkpoint')
    this.#letters = new DeadLetterFile(file('dead-letters'))
    this.#earlier = new EarlierCheckpoint(file('ack'), open)
    this.#openGoalsFile = new OpenGoalsFile(file('goals'), open)
    this.#unsentSpans = new UnsentSpansFile(file('spans'))
  }

  /** @throws {Error} where a newer goaltrace has written it. */
  read(): Checkpoint {
    const { seq, uid, retiredAck } = this.#readLine()
    return retiredAck ? { seq, uid } : furthest({ seq, uid }, this.#earlier.read())
  }

  begin<T extends { readonly delivered: Checkpoint }>(
    pending: (kept: Checkpoint) => T,
    kept: () => string | undefined,
  ): T {
    const line = this.read()
    const { mark } = this.#openGoalsFile
    // The file of open goals is ahead of the line after a kill between the two writes.
    const found = pending(furthest(line, mark))
    const { delivered: checkpoint } = found
    if (mark.seq > 0 && this.#areFollowed(checkpoint, mark)) {
      this.#few = undefined
      return found
    }
    if (mark.seq > 0) this.#openGoalsFile.forget()
    if (isSame(checkpoint, line)) this.#few ??= new Map()
    // The checkpoint is the database's own, as where the state directory is new: its open goals belong to it.
    else this.#few = mapOf(parseOpenGoals(kept() ?? '', checkpoint) ?? [])
    return found
  }

  /** The open goals at this checkpoint, for the outbox's own file; undefined where they were not followed up to there, or cannot be read just now. */
  openGoalsAt(checkpoint: Checkpoint): string | undefined {
    const line = this.#readLine()
    if (this.#few && isSame(checkpoint, line)) {
      return openGoalsText(checkpoint, [...this.#few].slice(0, MOST_KEPT))
    }
    const { mark, openGoals } = this.#openGoalsFile.peek(MOST_KEPT)
    return this.#areFollowed(checkpoint, mark) ? openGoalsText(checkpoint, openGoals) : undefined
  }

  #areFollowed(checkpoint: Checkpoint, mark: Checkpoint): boolean {
    const line = this.#line ?? NOTHING_DELIVERED
    return isSame(checkpoint, mark) || (isSame(checkpoint, line) && this.#line?.traced === mark.seq)
  }

  openGoalOf(key: string): string | undefined {
    return this.#few ? this.#few.get(key) : this.#openGoalsFile.of(key)
  }

  unsentSpans(): UnsentSpans {
    return this.#unsentSpans.read()
  }

  keepSpans(changes: UnsentSpans): void {
    this.#unsentSpans.keep(changes)
  }

  write({ seq, uid }: Checkpoint, openGoals: OpenGoalChanges | undefined): void {
    const { traced: before, ...line } = this.#line ?? this.#readLine()
    const traced = this.#keep(openGoals, { seq, uid }, before)
    const next: CheckpointLine = { ...line, seq, uid, ...(traced !== undefined && { traced }) }
    this.#put(next)
    // After a kill in between, its mark is of an earlier checkpoint than the line.
    if (this.#few && before !== undefined) this.#openGoalsFile.forget()
    if (line.retiredAck || !this.#earlier.exists) return
    for (const letter of this.#earlier.deadLetters()) this.#letters.add(letter)
    this.#put({ ...next, retiredAck: true })
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
    this.#openGoalsFile.close()
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  /** @returns the mark of the file of open goals, where they are kept in it. */
  #keep(
    openGoals: OpenGoalChanges | undefined,
    checkpoint: Checkpoint,
    before: number | undefined,
  ): number | undefined {
    if (openGoals === undefined) {
      // Rows were delivered without following their goals, so the open goals are out of date.
      if (before !== undefined) this.#openGoalsFile.forget()
      this.#few = undefined
      return undefined
    }
    if (this.#few === undefined) {
      if (openGoals.length === 0) return before
      const left = openGoals.some(([, goal]) => goal === null) && this.#openGoalsFile.fewAfter(openGoals, FEW_AGAIN)
      if (!left || !areFewAgain(left, checkpoint)) return this.#write(openGoals, checkpoint)
      this.#few = mapOf(left)
      return undefined
    }
    for (const [key, goal] of openGoals) goal === null ? this.#few.delete(key) : this.#few.set(key, goal)
    const all = [...this.#few]
    if (areFew(all, checkpoint)) return undefined
    this.#few = undefined
    return this.#write(all, checkpoint)
  }

  #write(openGoals: OpenGoalChanges, checkpoint: Checkpoint): number | undefined {
    return this.#openGoalsFile.write(openGoals, checkpoint) ? checkpoint.seq : undefined
  }

  #readLine(): CheckpointLine {
    const { line, openGoals } = parseCheckpoint(textOf(this.#file), this.#file)
    this.#line = line
    this.#few = openGoals && mapOf(openGoals)
    return line
  }

  #put(line: CheckpointLine): void {
    this.#line = line
    this.#descriptor ??= openSync(this.#file, constants.O_RDWR | constants.O_CREAT, 0o600)
    writeSync(this.#descriptor, checkpointText({ line, openGoals: this.#few && [...this.#few] }), 0)
  }
}

function mapOf(openGoals: OpenGoalChanges): Map<string, string> {
  return new Map(openGoals.flatMap(([key, goal]) => (goal === null ? [] : [[key, goal]])))
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

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
