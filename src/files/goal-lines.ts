import type { GoalSnapshot } from '../event/goal-change.ts'
import type { FileGoals, GoalFiles, GoalRecord } from '../mapping/goal-files.ts'
import { fits } from './conditions.ts'
import type { GoalParts } from './field-values.ts'
import type { FileChange, FileName } from './file-change.ts'
import { goalIdOf, isNegative, isUnnamed, snapshotOf, unknownStatus } from './goal-snapshot.ts'
import { at, isParent, merged, withPart } from './json-path.ts'
import { text, timeIn } from './json-values.ts'
import { keeper } from './kept-parts.ts'
import { type LineValues, sourceValue, valuesAfter, valuesFrom } from './line-values.ts'

/** What is known from the lines so far. Kept in the log's mark, so only plain JSON. */
export interface LinesState {
  readonly values: LineValues
  /** By kind and thread, the current goal's parts. */
  readonly goals: Readonly<Record<string, GoalParts | null>>
  /** By kind and thread, how many goals there were: their ids, where the mapping names none. */
  readonly counts: Readonly<Record<string, number>>
}

export const NO_LINES: LinesState = { values: {}, goals: {}, counts: {} }

export interface ReadLine {
  readonly state: LinesState
  /** Whether the line says something of a goal. */
  readonly isGoal: boolean
  readonly thread: string | undefined
  readonly changes: readonly FileChange[]
  /** Goals in it that cannot be told from others, as they lack an id. */
  readonly unnamed: number
}

/** What a line makes of a goal: its new parts, or null where it is gone. */
interface GoalUpdate {
  /** In LinesState. */
  readonly key: string
  readonly thread: string | undefined
  readonly parts: GoalParts | null
}

/** Reads the lines of files by their mapping: from a line and the state before it to changes and the state after it. Pure. */
export class GoalLines {
  readonly #files: GoalFiles
  readonly #keep: readonly ((goal: object) => GoalParts)[]

  constructor(files: GoalFiles, captureContent: boolean) {
    this.#files = files
    this.#keep = files.goals.map((goals) => keeper(goals, captureContent))
  }

  /** Reads one line. */
  read(line: unknown, state: LinesState, file: FileName): ReadLine {
    const files = this.#files
    const values = valuesFrom(line, files, state.values)
    const thread = sourceValue('thread', line, files, values, file)
    const found = this.#recordFor(line, thread)
    const ends = (next: LinesState) => ({ ...next, values: valuesAfter(line, files, values) })
    if (found === undefined) return { state: ends(state), isGoal: false, thread, changes: [], unnamed: 0 }
    const [kind, record] = found
    const updates = this.#updatesIn(line, kind, record, thread, state)
    const model = sourceValue('model', line, files, values, file)
    const atMs = files.time === undefined ? undefined : timeIn(line, files.time)
    const turnId = sourceValue('turn', line, files, values, file)
    let next = state
    const changes: FileChange[] = []
    for (const update of updates) {
      const step = this.#apply(update, kind, next, model)
      next = step.state
      if (step.before !== null || step.after !== null) {
        const unknown = unknownStatus(update.parts, step.after, files.goals[kind] as FileGoals)
        const more = { unknown, isNegative: isNegative(update.parts, files.goals[kind] as FileGoals) }
        changes.push({ change: { before: step.before, after: step.after }, atMs, turnId, ...more })
      }
    }
    return { state: ends(next), isGoal: true, thread, changes, unnamed: this.#unnamed(line, kind, record, thread) }
  }

  #recordFor(line: unknown, thread: string | undefined): readonly [number, GoalRecord] | undefined {
    for (const [kind, { records = [] }] of this.#files.goals.entries()) {
      const record = records.find((one) => fits(one.where, line, thread) && saysSomething(one, line))
      if (record) return [kind, record]
    }
    return undefined
  }

  #updatesIn(
    line: unknown,
    kind: number,
    record: GoalRecord,
    thread: string | undefined,
    { goals }: LinesState,
  ): GoalUpdate[] {
    if (record.all !== undefined) return this.#all(at(line, record.all), record, kind, goals)
    const value = at(line, record.at)
    const { parts, id } = this.#goalIn(isParent(value) ? value : {}, kind, thread)
    const key = keyOf(kind, thread ?? id)
    // A goal without the id that its mapping names cannot be told from others, so the line is skipped.
    const isNamed = id !== undefined || this.#files.goals[kind]?.fields.goalId === undefined
    if (record.gone || !isParent(value)) return thread === undefined && !isNamed ? [] : [{ key, thread, parts: null }]
    if (!record.merge) return isNamed ? [{ key, thread, parts }] : []
    const old = goals[key]
    if (!old || (id !== undefined && id !== this.#goalIn(old, kind, thread).id)) return []
    return [{ key, thread, parts: added(merged(old, parts), old, parts, record.add) }]
  }

  #unnamed(line: unknown, kind: number, record: GoalRecord, thread: string | undefined): number {
    // A line that only says what has changed is of the thread's goal.
    if (record.gone || record.merge) return 0
    const goals = record.all === undefined ? [at(line, record.at)] : Object.values(at(line, record.all) ?? {})
    const isLost = (goal: object) => {
      const of = record.all === undefined ? thread : text(at(goal, record.thread))
      return isUnnamed(this.#keep[kind]?.(goal) ?? {}, this.#files.goals[kind] as FileGoals, of)
    }
    return goals.filter(isParent).filter(isLost).length
  }

  #all(list: unknown, record: GoalRecord, kind: number, goals: LinesState['goals']): GoalUpdate[] {
    const there = isParent(list) ? Object.values(list).filter(isParent) : []
    const updates = there.map((goal): GoalUpdate => {
      const thread = text(at(goal, record.thread))
      const { parts, id } = this.#goalIn(goal, kind, thread)
      return { key: keyOf(kind, thread ?? id), thread, parts }
    })
    const keys = new Set(updates.map(({ key }) => key))
    const others = Object.keys(goals).filter((key) => key.startsWith(`${kind} `) && !keys.has(key))
    return [...updates, ...others.map((key) => ({ key, thread: threadIn(key), parts: null }))]
  }

  #goalIn(goal: object, kind: number, thread: string | undefined): { parts: GoalParts; id: string | undefined } {
    const parts = this.#keep[kind]?.(goal) ?? {}
    return { parts, id: goalIdOf(parts, this.#files.goals[kind] as FileGoals, thread) }
  }

  #apply({ key, thread, parts }: GoalUpdate, kind: number, state: LinesState, model: string | undefined) {
    const mapping = this.#files.goals[kind] as FileGoals
    const count = state.counts[key] ?? 0
    const before = snapshotOf(state.goals[key] ?? null, mapping, { thread, count, model })
    const isNext = mapping.fields.goalId === undefined && before === null
    const after = snapshotOf(parts, mapping, { thread, count: isNext ? count + 1 : count, model })
    const counts = isNext && after !== null ? { ...state.counts, [key]: count + 1 } : state.counts
    const { [key]: _, ...others } = state.goals
    const goals = parts === null ? others : { ...state.goals, [key]: parts }
    return { state: { ...state, goals, counts }, before, after } satisfies {
      state: LinesState
      before: GoalSnapshot | null
      after: GoalSnapshot | null
    }
  }
}

function saysSomething({ gone, all, at: path }: GoalRecord, line: unknown): boolean {
  if (gone) return true
  const value = at(line, all ?? path)
  return isParent(value) || (all === undefined && value === null)
}

function added(parts: GoalParts, old: GoalParts, line: GoalParts, add: GoalRecord['add'] = {}): GoalParts {
  let sum = parts
  for (const [to, from] of Object.entries(add)) {
    const [was, more] = [Number(at(old, to) ?? 0), Number(at(line, from) ?? 0)]
    if (Number.isFinite(was + more)) sum = withPart(sum, to, was + more)
  }
  return sum
}

/** By the thread, which has one goal of a kind at a time, or by the id of a goal without one. */
function keyOf(kind: number, name: string | undefined): string {
  return `${kind} ${name ?? ''}`
}

function threadIn(key: string): string {
  return key.slice(key.indexOf(' ') + 1)
}
