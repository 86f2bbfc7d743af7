import { allowedWords, columnWords, explainedCodes, explainedWords, presetWords } from './column-words.ts'
import { enumeratedNames } from './enumeration.ts'
import { isText, isTime, named } from './goal-columns.ts'
import { ANY, type GoalTable, UNKNOWN } from './goal-table.ts'
import { plainWord } from './plain-word.ts'
import { KNOWN_WORDS, type Meaning, meaningOf } from './status-words.ts'
import { type ColumnFacts, type Query, type TableFacts, wordsIn } from './table-facts.ts'

/** How a table says how its goals stand. */
export interface GoalStatusColumn {
  readonly column: string
  readonly statuses: NonNullable<GoalTable['statuses']>
  /** How many of them are the table's own; they come first. */
  readonly own: number
  /** How many names there are in the table that its words are keys of, so far; undefined where there is no such table. */
  readonly names?: number | undefined
  /** A word that is taken for `active` only because a new row has it. */
  readonly begins?: string | undefined
}

const STATUSES = [
  ...['status', 'state', '*_status', '*_state', 'status_name', 'current_status', 'current_state', 'run_status'],
  ...['execution_status', 'progress_status', 'lifecycle_status', 'lifecycle', 'phase', 'stage', 'status_code'],
  ...['state_code', 'status_id', 'state_id', '*_status_id'],
]
/** 0 or 1, and what 1 means; the likeliest first. */
const FLAGS = [
  ...['done', 'completed', 'complete', 'finished', 'achieved', 'accomplished', 'fulfilled', 'resolved', 'closed'],
  ...['archived', 'cancelled', 'canceled', 'abandoned', 'active'],
]
/** Columns with the time at which a goal ended, NULL until then. */
const TIMES = ['completed', 'finished', 'done', 'achieved', 'accomplished', 'resolved', 'closed', 'ended']

/** The word that stands for a row without one. */
const NONE = 'null'

/** A status is one of few words; a `state` may also be a document or the name of a place. */
const MOST_STATUSES = 20
const WORD = /^[\p{L}\p{N}_ '.:/-]{1,40}$/u

/** Undefined where a table has none. */
export function goalStatus(table: TableFacts, query: Query): GoalStatusColumn | undefined {
  return wordStatus(table, query) ?? flagStatus(table, query) ?? timeStatus(table)
}

function wordStatus(table: TableFacts, query: Query): GoalStatusColumn | undefined {
  const own = named(table, STATUSES, (column) => !isTime(column)) ?? allowed(table)
  if (own === undefined) return undefined
  const enumerated = enumeratedNames(own, table, query)
  if (enumerated) return { ...statusesOf(own, enumerated), names: enumerated.size }
  const words = columnWords(table, own, query).filter((word) => word !== NONE)
  if (words.length > MOST_STATUSES || !words.every((word) => WORD.test(word))) return undefined
  const isCode = words.every((word) => /^-?\d+$/.test(word)) && (words.length > 0 || /INT/.test(own.type))
  if (isCode) return statusesOf(own, new Map([...words.map(twice), ...explainedCodes(own, table)]))
  const mapped = withBeginning(statusesOf(own, new Map([...words, ...explainedWords(own, table)].map(twice))), own)
  // The words of a goal's end may be still to come, and an end that nothing maps would not be reported.
  const plain = new Set(Object.keys(mapped.statuses).map(plainWord))
  const known = KNOWN_WORDS.filter(([word]) => !plain.has(word))
  return { ...mapped, statuses: { ...mapped.statuses, ...Object.fromEntries(known) } }
}

/**
 * A new row is a goal that was taken on, whatever its first status is called: else no goal of the agent would be seen to begin. Only
 * where no word of the table means `active`; with one, a goal is seen from then on.
 */
function withBeginning(status: GoalStatusColumn, column: ColumnFacts): GoalStatusColumn {
  const [word] = presetWords(column)
  const { statuses } = status
  const isActive = Object.entries(statuses).some(([one, means]) => one !== NONE && means === 'active')
  if (word === undefined || statuses[word] !== UNKNOWN || isActive) return status
  return { ...status, statuses: { ...statuses, [word]: 'active' }, begins: word }
}

const twice = (word: string) => [word, word] as const

/** @param names What each value of the column is called. */
function statusesOf(column: ColumnFacts, names: ReadonlyMap<string, string>): GoalStatusColumn {
  const meanings = [...names].map(([word, name]) => [word, meaningOf(name) ?? UNKNOWN])
  // A row whose status is not set yet.
  const unset = column.nullable ? [[NONE, 'active']] : []
  const statuses = Object.fromEntries([...meanings, ...unset])
  return { column: column.name, statuses, own: Object.keys(statuses).length }
}

function flagStatus(table: TableFacts, query: Query): GoalStatusColumn | undefined {
  const own = named(
    table,
    FLAGS.flatMap((name) => [name, `is_${name}`, `*_${name}`]),
    (column) => !isTime(column) && wordsIn(table.name, column.name, query).every(isFlag),
  )
  if (own === undefined) return undefined
  const set = meaningOf(FLAGS.find((name) => plainWord(own.name).endsWith(name)) ?? '') ?? 'complete'
  const unset: Meaning = set === 'active' ? 'paused' : 'active'
  const words = isText(own) ? { false: unset, true: set, no: unset, yes: set, 0: unset, 1: set } : { 0: unset, 1: set }
  const missing = own.nullable ? { [NONE]: unset } : {}
  const statuses = { ...words, ...missing }
  return { column: own.name, statuses, own: Object.keys(statuses).length }
}

const isFlag = (word: string) => /^(?:[01]|true|false|null|yes|no)$/i.test(word)

function timeStatus(table: TableFacts): GoalStatusColumn | undefined {
  const names = TIMES.flatMap((name) => ['at', 'on', 'date', 'time', 'timestamp'].map((unit) => `${name}_${unit}`))
  const more = TIMES.flatMap((name) => [`date_${name}`, `date_time_${name}`, `time_${name}`, name])
  const own = named(table, [...names, ...more], ({ nullable }) => nullable)
  return own && { column: own.name, statuses: { [NONE]: 'active', [ANY]: 'complete' }, own: 2 }
}

/** A column of any name whose CHECK allows words of which most say how a goal stands. */
function allowed(table: TableFacts): ColumnFacts | undefined {
  return table.columns.find((column) => {
    const words = allowedWords(column, table)
    return words.length > 1 && words.filter(meaningOf).length * 2 > words.length
  })
}
