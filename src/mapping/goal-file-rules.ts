import {
  either,
  listOf,
  mapOf,
  NAME,
  objectOf,
  oneOf,
  type Rule,
  TRUE_OR_FALSE,
  wholeNumberFrom,
} from '../base/rules.ts'
import { GOAL_STATUSES } from '../goal/goal.ts'
import { FIELDS, GOAL_FIELDS } from '../goal/goal-fields.ts'
import { globFault } from './glob.ts'
import type { FileGoals, GoalFiles, GoalRecord } from './goal-files.ts'
import { UNKNOWN } from './goal-table.ts'

const PATH: Rule = {
  expected: 'a path such as data.goal',
  fits: (given) => typeof given === 'string' && given.split('.').every((key) => key !== ''),
  schema: { type: 'string', pattern: String.raw`^[^.]+(\.[^.]+)*$` },
}

const isWord = (given: unknown) =>
  given === null || ['string', 'boolean'].includes(typeof given) || Number.isFinite(given)

const WORD: Rule = {
  expected: 'a text, a number, true, false or null',
  fits: isWord,
  schema: { type: ['string', 'number', 'boolean', 'null'] },
}
const WORDS = either([WORD, listOf(WORD, 'a list of values')], 'a value, or a list of values')

export const CONDITIONS = mapOf(
  either(
    [...(WORDS.choices ?? []), objectOf({ not: WORDS }, ['not']), objectOf({ is: oneOf(['thread']) }, ['is'])],
    'a value, a list of values, {"not": …} or {"is": "thread"}',
  ),
  'an object as {"type": "custom"}',
)

const UNIT = oneOf(['s', 'ms'])
const TIME = objectOf({ at: PATH, unit: UNIT }, ['at', 'unit'])
const SPAN = objectOf({ from: PATH, to: PATH, less: PATH, unit: UNIT }, ['from', 'to', 'unit'])
const JOIN = objectOf({ join: listOf(PATH, 'a list of paths') }, ['join'])
const VALUES = [PATH, JOIN, TIME, SPAN]
export const VALUE = either(VALUES, 'a path, {"join": …}, {"at": …, "unit": …} or {"from": …, "to": …, "unit": …}')
export const FIELD = either([...VALUES, listOf(VALUE, 'a list')], `${VALUE.expected}, or a list of them`)

export const SOURCE = either(
  [
    PATH,
    objectOf({ line: CONDITIONS, at: PATH, until: CONDITIONS }, ['line', 'at']),
    objectOf({ file: oneOf(['name', 'folder']) }, ['file']),
    objectOf({ key: wholeNumberFrom(1) }, ['key']),
  ],
  'a path, {"line": …, "at": …}, {"file": …} or {"key": …}',
)

const MEANING = oneOf([...GOAL_STATUSES, 'cleared', UNKNOWN])
const MEANINGS = [MEANING, objectOf({ when: CONDITIONS, is: MEANING }, ['when', 'is'])]
export const STATUS = either(MEANINGS, `${MEANING.expected}, or {"when": …, "is": …}`)

const RECORD: Readonly<Record<keyof GoalRecord, Rule>> = {
  where: CONDITIONS,
  at: PATH,
  merge: TRUE_OR_FALSE,
  add: mapOf(PATH),
  gone: TRUE_OR_FALSE,
  all: PATH,
  thread: PATH,
}

const FILE_FIELDS = Object.fromEntries(
  FIELDS.filter((field) => field !== 'thread').map((field) => [GOAL_FIELDS[field].name, FIELD]),
)

const GOALS: Readonly<Record<keyof FileGoals, Rule>> = {
  each: PATH,
  records: listOf({ ...objectOf(RECORD, ['where']), fault: recordFault }, 'a list of records'),
  branch: PATH,
  fields: objectOf(FILE_FIELDS, ['status']),
  statuses: mapOf(either([...MEANINGS, listOf(STATUS, 'a list')], `${STATUS.expected}, or a list of them`)),
}

const FILES: Readonly<Record<keyof GoalFiles, Rule>> = {
  path: listOf({ ...NAME, expected: 'a glob such as ~/.agent/*.jsonl', fault: globFault }, 'a list of globs'),
  read: oneOf(['lines', 'whole']),
  agent: NAME,
  thread: SOURCE,
  turn: SOURCE,
  model: SOURCE,
  time: either([PATH, TIME], 'a path, or {"at": …, "unit": …}'),
  lineId: PATH,
  parent: SOURCE,
  copied: CONDITIONS,
  goals: listOf(objectOf(GOALS, ['fields']), 'a list of kinds of goals'),
}

/** A list of mappings of files. */
export const GOAL_FILES: Rule = listOf(
  { ...objectOf(FILES, ['path', 'read', 'goals']), fault: filesFault },
  'a list of files that hold goals',
)

function recordFault({ all, thread, gone, at, merge, add }: GoalRecord): string | undefined {
  if (gone && (at ?? all ?? merge)) return ' says that the goal is gone, and where it is; say one of both'
  if (all !== undefined && (at ?? merge)) return ' has all goals, and one of them; say one of both'
  if (thread !== undefined && all === undefined) return '.thread is for a record with all goals; remove it'
  if (add && !merge) return '.add is for a record with "merge": true; add that'
  return undefined
}

function namesThread({ all, thread }: GoalRecord): boolean {
  return all !== undefined && thread !== undefined
}

function filesFault({ path, read, thread, lineId, parent, copied, goals }: GoalFiles): string | undefined {
  if (path.length === 0) return '.path names no file; give a glob'
  if (goals.length === 0) return '.goals says of nothing that it is a goal; describe one kind of goals'
  for (const [n, { records, each, fields }] of goals.entries()) {
    if (read === 'lines' && !records?.length) return `.goals[${n}].records is missing; say which lines are of a goal`
    if (read === 'lines' && each !== undefined) return `.goals[${n}].each is for documents; use records`
    if (read === 'whole' && records) return `.goals[${n}].records are for lines; use each`
    if (read === 'lines' && thread === undefined && fields.goalId === undefined && !records?.every(namesThread)) {
      return `.thread is missing, and .goals[${n}].fields.goalId is, so that goals of different files are one; name the thread, as {"file": "name"} where each file is one`
    }
    if (read === 'whole' && fields.goalId === undefined) return `.goals[${n}].fields.goalId is missing; name it`
  }
  if (read === 'whole' && (lineId ?? parent ?? copied)) {
    return ' is read whole and names lines; remove lineId, parent and copied'
  }
  return branchFault({ lineId, goals })
}

function branchFault({ lineId, goals }: Pick<GoalFiles, 'lineId' | 'goals'>): string | undefined {
  for (const [n, { branch, records, fields }] of goals.entries()) {
    if (branch === undefined) continue
    if (records === undefined) return `.goals[${n}].branch is for lines; remove it`
    if (lineId === undefined) return `.goals[${n}].branch names lines by lineId, which is missing; add it`
    // A goal that is counted could not be found again on another branch.
    if (fields.goalId === undefined) return `.goals[${n}].branch needs fields.goalId; name it`
    if (goals.some((other) => (other.branch ?? branch) !== branch)) {
      return `.goals[${n}].branch differs from another kind's; a line goes on from one other`
    }
  }
  return undefined
}
