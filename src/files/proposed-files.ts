import type { FileConditions, FileGoals, FileSource, GoalFiles } from '../mapping/goal-files.ts'
import { meaningOf } from '../mapping/status-words.ts'
import { type GoalShape, goalShapes } from './goal-shapes.ts'
import { at, isParent } from './json-path.ts'

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
  // The likeliest has most of what a goal can have.
  const [best] = goalShapes(read, values).sort((a, b) => Object.keys(b.fields).length - Object.keys(a.fields).length)
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

function lineGoals(shape: GoalShape): FileGoals {
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

function each({ path }: GoalShape): { each?: string } {
  return path.length === 0 ? {} : { each: path.join('.') }
}

function ofShape({ fields, words }: GoalShape): Pick<FileGoals, 'fields' | 'statuses'> {
  const meanings = [...words].flatMap((word) => {
    const means = meaningOf(word)
    return means === undefined ? [] : [[word, means] as const]
  })
  return { fields, statuses: Object.fromEntries(meanings) }
}

function threadOf(shape: GoalShape, read: GoalFiles['read'], lines: readonly unknown[]): FileSource | undefined {
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

function goalIn({ path, line }: GoalShape): unknown {
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
