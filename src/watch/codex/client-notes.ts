import { rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { type CodexRowChange, isOf } from '../../codex/place-change.ts'
import type { ProtocolNote } from '../../codex/protocol-note.ts'
import { AppendedLines } from './appended-lines.ts'
import { namesIn } from './names-in.ts'

/** Milliseconds after its last note for which the file of a process that has ended is kept. */
const KEPT_MS = 24 * 3_600_000
/** Milliseconds, at most, between the deletion of a goal's row and the note of it. */
const CLEAR_MS = 5000
/** Notes of a thread; the changes of older ones are reported long since. */
const MOST_NOTES = 1000
/** The number of the process, and when it started. */
const NAME = /^\d+-\d+\.jsonl$/

type ThreadNote = Exclude<ProtocolNote, { kind: 'client' }>

interface NoteFile {
  readonly pid: number
  readonly lines: AppendedLines
  clientName: string | null
}

/** What Codex has sent its clients about goals, as `goaltrace codex app-server` has noted it in a folder. */
export class ClientNotes {
  readonly #folder: string
  readonly #files = new Map<string, NoteFile>()
  readonly #notes = new Map<string, ThreadNote[]>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Reads the notes that were added. A file that cannot be read is left out. */
  read(): void {
    for (const name of namesIn(this.#folder)) {
      if (!NAME.test(name)) continue
      try {
        this.#readFile(name)
      } catch {
        // It was removed meanwhile, or is another user's.
      }
    }
  }

  /** The note of a change; undefined where the client was sent none, or goaltrace did not read along. */
  of({ before, after, atMs }: CodexRowChange): ProtocolNote | undefined {
    const notes = this.#notes.get((after ?? before)?.threadId ?? '') ?? []
    const own = notes.filter((note) =>
      note.kind === 'goal'
        ? after !== null && isOf(note.goal, after, atMs)
        : after === null && Math.abs(note.atMs - atMs) < CLEAR_MS,
    )
    const distance = (note: ThreadNote) => Math.abs(note.atMs - atMs)
    return own.toSorted((one, other) => distance(one) - distance(other))[0]
  }

  /** Whether a goaltrace process reads along with this client now. @param originator The client's name in a thread's rollout. */
  isAwaited(originator: string | undefined): boolean {
    return [...this.#files.values()].some(
      ({ pid, clientName }) => clientName !== null && clientName === originator && isAlive(pid),
    )
  }

  #readFile(name: string): void {
    const path = join(this.#folder, name)
    const known = this.#files.get(name) ?? {
      ...{ pid: Number.parseInt(name, 10), lines: new AppendedLines(path), clientName: null },
    }
    this.#files.set(name, known)
    const { mtimeMs } = known.lines.read((line) => this.#take(line, known))
    if (Date.now() - mtimeMs < KEPT_MS || isAlive(known.pid)) return
    rmSync(path, { force: true })
    this.#files.delete(name)
  }

  #take(line: Buffer, file: NoteFile): void {
    const note = noteIn(line)
    if (note === undefined) return
    file.clientName = note.client.name
    if (note.kind === 'client') return
    const notes = this.#notes.get(note.threadId) ?? []
    notes.push(note)
    this.#notes.set(note.threadId, notes.slice(-MOST_NOTES))
  }
}

/** Undefined of a line that was damaged, as by a process that was killed or a full disk. */
function noteIn(line: Buffer): ProtocolNote | undefined {
  try {
    const note = JSON.parse(line.toString('utf8')) as ProtocolNote
    return note.client.name === undefined ? undefined : note
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
