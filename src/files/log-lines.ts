import type { GoalFiles } from '../mapping/goal-files.ts'
import { fits } from './conditions.ts'
import { digest } from './digest.ts'
import { stateAtLine } from './earlier-line.ts'
import type { FileChange, FileName } from './file-change.ts'
import type { FileLineBytes } from './file-lines.ts'
import { GoalLines, type LinesState } from './goal-lines.ts'
import { at } from './json-path.ts'
import { readJson } from './json-text.ts'
import { text, timeIn } from './json-values.ts'
import { type BranchLine, branchLine, goneBack } from './line-branch.ts'
import { lineFilter } from './line-filter.ts'
import type { LogMark } from './log-mark.ts'

/** A line that says something of a goal, as it is kept to recognize it. */
export interface LineKey {
  /** Within its file and those that were forked from it. */
  readonly line: string
  /** In all files of the mapping; undefined where nothing names the line. */
  readonly copy: string | undefined
}

/** Looks up whether a line was read before: in this file, in another that it is a copy of, or in the parent that a forked session has copied. */
export interface ReadBefore {
  here(line: string): boolean
  inCopy(copy: string): boolean
  /** Undefined where the parent cannot be read. */
  inParent(parent: string, line: string): boolean | undefined
  /** The lines of this file up to an offset, from its beginning. */
  to(offset: number): Iterable<FileLineBytes>
}

/** What was read from a piece of a log. */
export interface LogReading {
  readonly mark: LogMark
  readonly changes: readonly FileChange[]
  /** Of the lines that say something of a goal, kept to skip them when they come again. */
  readonly keys: readonly LineKey[]
  /** Goals that are left out, as they lack an id. */
  readonly unnamed: number
  /** Why the last unreadable line is skipped; see JsonText. */
  readonly fault?: string | undefined
}

/** What was known at lines that others of the same piece go on from, by their ids: the file is read once for each of these. */
type EarlierStates = Map<string | null, LinesState | undefined>

/** Reads the next lines of a log: which of them are new, and what they change. Pure, but for what `ReadBefore` looks up. */
export class LogLines {
  readonly #files: GoalFiles
  readonly #lines: GoalLines
  readonly #matters: (line: Buffer) => boolean

  constructor(files: GoalFiles, captureContent: boolean) {
    this.#files = files
    this.#lines = new GoalLines(files, captureContent)
    this.#matters = lineFilter(files)
  }

  read(lines: readonly FileLineBytes[], mark: LogMark, file: FileName, before: ReadBefore): LogReading {
    let next = mark
    let fault: string | undefined
    let unnamed = 0
    const changes: FileChange[] = []
    const keys = new Map<string, LineKey>()
    const earlier: EarlierStates = new Map()
    for (const { bytes, end } of lines) {
      const matters = this.#matters(bytes)
      // Once there is a goal, every line may go on from an earlier one.
      if (!matters && next.leaf === undefined) continue
      const read = readJson(bytes)
      if ('fault' in read) {
        if (matters) fault = read.fault
        continue
      }
      const line = read.value
      const { state } = next
      const onBranch = branchLine(line, this.#files)
      // Without a place in the tree it says something of all branches.
      if (onBranch === undefined) earlier.clear()
      else earlier.delete(onBranch.id)
      const back = this.#goneBack(onBranch, next, earlier, () => before.to(end - bytes.length - 1), file)
      const said = this.#lines.read(line, back?.state ?? state, file)
      const isGoal = said.isGoal || (back?.changes.length ?? 0) > 0
      const leaf = isGoal || next.leaf !== undefined ? (onBranch?.id ?? next.leaf) : undefined
      if (next.leaf !== undefined && onBranch && onBranch.from !== next.leaf) {
        next = { ...next, left: { leaf: next.leaf, state } }
      }
      next = this.#forked({ ...next, leaf, state: said.state }, mark, line)
      if (!isGoal) continue
      const id = this.#files.lineId === undefined ? undefined : text(at(line, this.#files.lineId))
      const key = id === undefined ? digest(bytes) : digest(id)
      if ((id !== undefined || next.isRewritten) && (keys.has(key) || before.here(key))) {
        next = { ...next, state: { ...state, values: said.state.values } }
        continue
      }
      // Ids may be counted within a session. Without one, the whole line tells those of two files apart.
      const copy = id === undefined ? undefined : digest(JSON.stringify([said.thread ?? digest(bytes), id]))
      keys.set(key, { line: key, copy })
      if (next.isRewritten) next = { ...next, isRewritten: false }
      if (end > next.oldTo) unnamed += said.unnamed
      if (end <= next.oldTo || (copy !== undefined && before.inCopy(copy))) continue
      if (this.#isCopied(line, key, next, before)) continue
      const atMs = this.#timeOf(line)
      changes.push(
        ...(back?.changes ?? []).map((change) => ({ change, atMs, turnId: undefined, isNegative: false })),
        ...said.changes,
      )
    }
    return { mark: next, changes, keys: [...keys.values()], unnamed, fault }
  }

  /**
   * Where a line goes on from another than the last one. Undefined, too, where that is not in the file.
   * @param lines Those before it.
   */
  #goneBack(
    line: BranchLine | undefined,
    mark: LogMark,
    earlier: EarlierStates,
    lines: () => Iterable<FileLineBytes>,
    file: FileName,
  ) {
    if (line === undefined || mark.leaf === undefined || line.from === mark.leaf || mark.isRewritten) return undefined
    const isLeft = mark.left !== undefined && mark.left.leaf === line.from
    if (!isLeft && !earlier.has(line.from)) {
      const read = (value: unknown, state: LinesState) => this.#lines.read(value, state, file).state
      earlier.set(line.from, stateAtLine(line.from, lines, this.#files, read))
    }
    const there = isLeft ? mark.left?.state : earlier.get(line.from)
    return there && goneBack(mark.state, there, this.#files)
  }

  #forked(next: LogMark, { state }: LogMark, line: unknown): LogMark {
    if (next.state.values.parent === state.values.parent || next.forkedAtMs !== undefined) return next
    return { ...next, forkedAtMs: this.#timeOf(line) }
  }

  #isCopied(line: unknown, key: string, { state, forkedAtMs }: LogMark, before: ReadBefore): boolean {
    if (this.#files.copied !== undefined && fits(this.#files.copied, line)) return true
    const { parent } = state.values
    if (parent === undefined) return false
    const isInParent = before.inParent(parent, key)
    // Where the parent is gone, what is older than the fork came from it.
    return isInParent ?? (this.#timeOf(line) ?? Number.POSITIVE_INFINITY) < (forkedAtMs ?? 0)
  }

  #timeOf(line: unknown): number | undefined {
    const { time } = this.#files
    return time === undefined ? undefined : timeIn(line, time)
  }
}
