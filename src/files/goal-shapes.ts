import { goalColumns } from '../mapping/goal-columns.ts'
import type { FileGoals, GoalFiles } from '../mapping/goal-files.ts'
import { plainWord } from '../mapping/plain-word.ts'
import { meaningOf } from '../mapping/status-words.ts'
import type { ColumnFacts } from '../mapping/table-facts.ts'
import { at, isParent } from './json-path.ts'

/** Something in a file that looks like a goal: with a text and a status. */
export interface GoalShape {
  /** Where it is; `*` for what differs from goal to goal. */
  readonly path: readonly string[]
  readonly status: string
  readonly fields: FileGoals['fields']
  readonly thread: string | undefined
  readonly words: Set<string>
  /** The line that it is in. */
  readonly line: unknown
}

/** Levels within a document or a line. */
const DEEPEST = 6
const STATUS = ['status', 'state', 'phase']

/** What looks like a goal in a log's lines, or in a document; of several at one place one, with the words of all. */
export function goalShapes(read: GoalFiles['read'], values: readonly unknown[]): GoalShape[] {
  const shapes = new Map<string, GoalShape>()
  for (const value of values) collect(value, value, [], read, shapes)
  return [...shapes.values()]
}

function collect(
  value: unknown,
  line: unknown,
  path: readonly string[],
  read: GoalFiles['read'],
  into: Map<string, GoalShape>,
): void {
  if (!isParent(value) || path.length > DEEPEST) return
  const shape = shapeOf(value, line, path)
  if (shape) {
    const key = JSON.stringify(path)
    const known = into.get(key)
    if (known) for (const word of shape.words) known.words.add(word)
    else into.set(key, shape)
    return
  }
  const isList = Array.isArray(value)
  for (const [key, one] of Object.entries(value)) {
    collect(one, line, [...path, read === 'whole' && (isList || isId(key)) ? '*' : key], read, into)
  }
}

function shapeOf(goal: object, line: unknown, path: readonly string[]): GoalShape | undefined {
  const status = Object.keys(goal).find((key) => STATUS.includes(plainWord(key)))
  const word = status === undefined ? undefined : at(goal, status)
  if (status === undefined || typeof word !== 'string' || meaningOf(word) === undefined) return undefined
  const parts = new Map<string, string>()
  const columns: ColumnFacts[] = []
  for (const [name, part, value] of leaves(goal)) {
    if (parts.has(name) || part === status) continue
    parts.set(name, part)
    const type = typeof value === 'string' ? 'TEXT' : 'INTEGER'
    columns.push({ name, type, nullable: false, preset: undefined, pk: 0, unique: false, references: undefined })
  }
  const name = path.findLast((key) => key !== '*') ?? 'goal'
  const found = goalColumns({ name, sql: '', columns }) as Record<string, string> | undefined
  if (found?.objective === undefined) return undefined
  const { threadId, deletedAt: _, ...others } = found
  const fields = Object.fromEntries(Object.entries(others).map(([field, name]) => [field, parts.get(name) ?? name]))
  return {
    ...{ path, status, line, words: new Set([word]) },
    fields: { ...fields, status } as FileGoals['fields'],
    thread: threadId === undefined || threadId === found.goalId ? undefined : parts.get(threadId),
  }
}

/** The names of what is in a goal, its own before those within, with their paths. */
function leaves(goal: object): [name: string, path: string, value: unknown][] {
  const own = Object.entries(goal)
  const within = own.filter(([, value]) => isParent(value) && !Array.isArray(value))
  return [
    ...own.filter(([, value]) => !isParent(value)).map(([key, value]): [string, string, unknown] => [key, key, value]),
    ...within.flatMap(([key, value]) =>
      Object.entries(value as object)
        .filter(([, one]) => typeof one === 'number')
        .map(([name, one]): [string, string, unknown] => [name, `${key}.${name}`, one]),
    ),
  ]
}

/** A key that names one thing among many: with digits, as ids have. */
function isId(key: string): boolean {
  return /\d/.test(key) && key.length >= 4
}
