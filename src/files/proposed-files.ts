import { goalColumns } from '../mapping/goal-columns.ts'
import type { FileConditions, FileGoals, FileSource, GoalFiles } from '../mapping/goal-files.ts'
import { plainWord } from '../mapping/plain-word.ts'
import { meaningOf } from '../mapping/status-words.ts'
import type { ColumnFacts } from '../mapping/table-facts.ts'
import { at, isParent } from './json-path.ts'

/** Something in a file that looks like a goal: with a text and a status. */
interface Shape {
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
/** By which the lines of a log are told apart. */
const KINDS = ['type', 'subtype', 'customType', 'custom_type', 'kind', 'event', 'action']
const TIMES = ['timestamp', 'time', 'ts', 'at', 'updatedAt', 'updated_at']
const THREADS = ['sessionId', 'sessionID', 'session_id', 'threadId', 'thread_id', 'conversationId', 'conversation_id']

/**
 * Proposes a mapping for a file that nothing maps, by what is in it; undefined where nothing looks like a goal.
 * @param values A log's lines, or a document.
 */
export function proposedFiles(
  read: GoalFiles['read'],
  path: string,
  values: readonly unknown[],
): GoalFiles | undefined {
  const shapes = new Map<string, Shape>()
  for (const value of values) collect(value, value, [], read, shapes)
  // The likeliest has most of what a goal can have.
  const [best] = [...shapes.values()].sort((a, b) => Object.keys(b.fields).length - Object.keys(a.fields).length)
  if (best === undefined) return undefined
  const goals = [read === 'lines' ? lineGoals(best) : { ...each(best), ...ofShape(best) }]
  const time = TIMES.find((name) => isTime(at(read === 'lines' ? best.line : goalIn(best), name)))
  const thread = threadOf(best, read, values)
  const lineId =
    read === 'lines' && best.path.length > 0 ? ['id', 'uuid'].find((name) => isName(at(best.line, name))) : undefined
  return {
    ...{ path: [path], read },
    ...(thread === undefined ? {} : { thread }),
    ...(time === undefined ? {} : { time }),
    ...(lineId === undefined ? {} : { lineId }),
    goals,
  }
}

function collect(
  value: unknown,
  line: unknown,
  path: readonly string[],
  read: GoalFiles['read'],
  into: Map<string, Shape>,
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

function shapeOf(goal: object, line: unknown, path: readonly string[]): Shape | undefined {
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

function lineGoals(shape: Shape): FileGoals {
  const where: Record<string, string> = {}
  for (let depth = 0; depth <= shape.path.length; depth++) {
    const before = shape.path.slice(0, depth)
    const holder = before.length === 0 ? shape.line : at(shape.line, before.join('.'))
    // What the goal itself is called differs from goal to goal.
    if (depth === shape.path.length && depth > 0) break
    for (const kind of KINDS) {
      const word = at(holder, kind)
      if (typeof word === 'string' && kind !== shape.status) where[[...before, kind].join('.')] = word
    }
  }
  const conditions: FileConditions =
    Object.keys(where).length > 0 ? where : { [[...shape.path, shape.status].join('.')]: { not: null } }
  const place = shape.path.length > 0 ? { at: shape.path.join('.') } : {}
  return { records: [{ where: conditions, ...place }], ...ofShape(shape) }
}

function each({ path }: Shape): { each?: string } {
  return path.length === 0 ? {} : { each: path.join('.') }
}

function ofShape({ fields, words }: Shape): Pick<FileGoals, 'fields' | 'statuses'> {
  const meanings = [...words].flatMap((word) => {
    const means = meaningOf(word)
    return means === undefined ? [] : [[word, means] as const]
  })
  return { fields, statuses: Object.fromEntries(meanings) }
}

function threadOf(shape: Shape, read: GoalFiles['read'], lines: readonly unknown[]): FileSource | undefined {
  if (read === 'whole') {
    if (shape.thread !== undefined) return shape.thread
    const stars = shape.path.filter((key) => key === '*').length
    return stars > 0 && !Array.isArray(lines[0]) ? { key: 1 } : undefined
  }
  const named = THREADS.find((name) => isName(at(shape.line, name)))
  if (named !== undefined) return named
  if (shape.thread !== undefined) return [...shape.path, shape.thread].join('.')
  const isHeader = (line: unknown) => at(line, 'type') === 'session' && isName(at(line, 'id'))
  return lines.some(isHeader) ? { line: { type: 'session' }, at: 'id' } : { file: 'name' }
}

function goalIn({ path, line }: Shape): unknown {
  let value = line
  for (const key of path) value = isParent(value) ? (key === '*' ? Object.values(value)[0] : at(value, key)) : undefined
  return value
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' ? value > 1e12 : typeof value === 'string' && !Number.isNaN(Date.parse(value))
}

/** A key that names one thing among many: with digits, as ids have. */
function isId(key: string): boolean {
  return /\d/.test(key) && key.length >= 4
}
