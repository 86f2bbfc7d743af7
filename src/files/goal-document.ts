import { type GoalInRow, goalChanges } from '../event/goal-pairs.ts'
import type { FileGoals, FileSource, GoalFiles } from '../mapping/goal-files.ts'
import type { GoalParts } from './field-values.ts'
import type { FileChange, FileName } from './file-change.ts'
import { isNegative, isUnnamed, snapshotOf, unknownStatus } from './goal-snapshot.ts'
import { at, eachAt, isParent } from './json-path.ts'
import { text, timeIn } from './json-values.ts'
import { keeper } from './kept-parts.ts'

/** A goal in a document, kept in the file store to be compared with the next version. */
export interface DocumentGoal {
  readonly kind: number
  /** Where in the document it is. */
  readonly row: string
  readonly thread: string | undefined
  readonly turn: string | undefined
  readonly model: string | undefined
  readonly atMs: number | undefined
  readonly parts: GoalParts
}

/** Reads documents by their mapping: from a document to its goals, and from two versions to changes. Pure. */
export class GoalDocuments {
  readonly #files: GoalFiles
  readonly #keep: readonly ((goal: object) => GoalParts)[]

  constructor(files: GoalFiles, captureContent: boolean) {
    this.#files = files
    this.#keep = files.goals.map((goals) => keeper(goals, captureContent))
  }

  /** The goals in a document. */
  goalsIn(document: unknown, file: FileName): DocumentGoal[] {
    const { goals, thread, turn, model, time } = this.#files
    return goals.flatMap(({ each }, kind) =>
      eachAt(document, each).flatMap(({ keys, value }): DocumentGoal[] => {
        if (!isParent(value)) return []
        const named = (source: FileSource | undefined) => nameIn(source, value, keys, file)
        return [
          {
            ...{ kind, row: JSON.stringify([kind, ...keys]) },
            ...{ thread: named(thread), turn: named(turn), model: named(model) },
            atMs: time === undefined ? undefined : timeIn(value, time),
            parts: this.#keep[kind]?.(value) ?? {},
          },
        ]
      }),
    )
  }

  /** The changes between two versions of a document, with the goal's own time where it has one. */
  changes(before: readonly DocumentGoal[], after: readonly DocumentGoal[]): FileChange[] {
    const bySnapshot = new Map<unknown, DocumentGoal>()
    const inRows = (goals: readonly DocumentGoal[]) =>
      goals.flatMap((one): GoalInRow[] => {
        const place = { thread: one.thread, count: 1, model: one.model }
        const mapping = this.#files.goals[one.kind]
        const goal = mapping ? snapshotOf(one.parts, mapping, place) : null
        if (goal === null) return []
        bySnapshot.set(goal, one)
        return [{ row: one.row, goal }]
      })
    return goalChanges(inRows(before), inRows(after)).map((change) => {
      const now = bySnapshot.get(change.after)
      if (now === undefined) return { change, atMs: undefined, turnId: undefined, isNegative: false }
      const mapping = this.#files.goals[now.kind] as FileGoals
      const unknown = unknownStatus(now.parts, change.after, mapping)
      return { change, atMs: now.atMs, turnId: now.turn, unknown, isNegative: isNegative(now.parts, mapping) }
    })
  }

  /** How many of them cannot be reported, as they lack an id. One without any value is an empty place. */
  unnamed(goals: readonly DocumentGoal[]): number {
    const isLost = ({ kind, parts, thread }: DocumentGoal) =>
      Object.values(parts).some(Boolean) && isUnnamed(parts, this.#files.goals[kind] as FileGoals, thread)
    return goals.filter(isLost).length
  }
}

function nameIn(
  source: FileSource | undefined,
  goal: object,
  keys: readonly string[],
  file: FileName,
): string | undefined {
  if (source === undefined) return undefined
  if (typeof source === 'string') return text(at(goal, source))
  if ('key' in source) return keys[source.key - 1]
  return 'file' in source ? file[source.file] : undefined
}
