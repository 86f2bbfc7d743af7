import type { GoalSnapshot } from '../event/goal-change.ts'
import type { FileGoals, GoalFiles, GoalRecord } from '../mapping/goal-files.ts'
import { fits } from './conditions.ts'
import type { FileChange, FileName } from './file-change.ts'
import { type GoalParts, goalIdOf, snapshotOf, text, timeIn, unknownWord } from './goal-values.ts'
import { at, isParent, merged, withPart } from './json-path.ts'
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
  readonly changes: readonly FileChange[]
}

/** What a line makes of a thread's goal: its new parts, or null where it is gone. */
interface GoalUpdate {
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
    if (found === undefined) return { state: ends(state), isGoal: false, changes: [] }
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
        const word = unknownWord(update.parts, step.after, files.goals[kind] as FileGoals)
        changes.push({ change: { before: step.before, after: step.after }, atMs, turnId, unknownWord: word })
      }
    }
    return { state: ends(next), isGoal: true, changes }
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
    const keep = this.#keep[kind] as (goal: object) => GoalParts
    if (record.gone) return [{ thread, parts: null }]
    if (record.all !== undefined) return this.#all(at(line, record.all), record, kind, goals)
    const value = at(line, record.at)
    if (!isParent(value)) return [{ thread, parts: null }]
    const parts = keep(value)
    const mapping = this.#files.goals[kind] as FileGoals
    const id = goalIdOf(parts, mapping, thread)
    // A goal without the id that its mapping names cannot be told from others, so the line is skipped.
    if (!record.merge) return id === undefined && mapping.fields.goalId !== undefined ? [] : [{ thread, parts }]
    const old = goals[keyOf(kind, thread)]
    if (!old) return []
    if (id !== undefined && id !== goalIdOf(old, mapping, thread)) return []
    return [{ thread, parts: added(merged(old, parts), old, parts, record.add) }]
  }

  #all(list: unknown, record: GoalRecord, kind: number, goals: LinesState['goals']): GoalUpdate[] {
    const keep = this.#keep[kind] as (goal: object) => GoalParts
    const there = isParent(list) ? Object.values(list).filter(isParent) : []
    const updates = there.map((goal) => ({ thread: text(at(goal, record.thread)), parts: keep(goal) }))
    const keys = new Set(updates.map(({ thread }) => keyOf(kind, thread)))
    const others = Object.keys(goals).filter((key) => key.startsWith(`${kind} `) && !keys.has(key))
    return [...updates, ...others.map((key) => ({ thread: threadOf(key), parts: null }))]
  }

  #apply({ thread, parts }: GoalUpdate, kind: number, state: LinesState, model: string | undefined) {
    const mapping = this.#files.goals[kind] as FileGoals
    const key = keyOf(kind, thread)
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

function keyOf(kind: number, thread: string | undefined): string {
  return `${kind} ${thread ?? ''}`
}

function threadOf(key: string): string | undefined {
  const thread = key.slice(key.indexOf(' ') + 1)
  return thread === '' ? undefined : thread
}
