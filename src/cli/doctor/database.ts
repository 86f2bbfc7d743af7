import { existsSync } from 'node:fs'
import { reason } from '../../base/diagnose.ts'
import { StateDirectoryError } from '../../base/state-directory.ts'
import { isGoalStatus } from '../../goal/goal.ts'
import { type GoalTable, THREAD_GOALS } from '../../mapping/goal-table.ts'
import {
  columnsOf,
  guessedMappings,
  type ProposedMapping,
  proposedMappings,
  type Query,
  quoted,
  statusWords,
} from '../../mapping/proposed-mapping.ts'
import { realPath } from '../../outbox/outbox-file.ts'
import { OUTBOX } from '../../outbox/outbox-table.ts'
import { whatToDo } from '../lib/encrypted.ts'
import { checkpointOf, deadLettersOf, findOutbox, openUntouched } from '../lib/outbox-of-file.ts'
import type { Check } from './check.ts'
import { usageCheck } from './usage-check.ts'

export interface DatabaseFindings {
  readonly checks: readonly Check[]
  /** For tables that look as if they held goals, and that nothing maps. */
  readonly proposals: readonly ProposedMapping[]
  /** For tables of which only their columns are as a goal table's, where there is nothing better. */
  readonly guesses: readonly ProposedMapping[]
}

/** @param tables What goaltrace.config.json maps; undefined where there is none. */
export function databaseFindings(file: string, tables: readonly GoalTable[] | undefined): DatabaseFindings {
  if (!existsSync(file)) {
    const fix = 'name the SQLite database in which your agent keeps its goals'
    return { checks: [{ name: 'database', found: `there is no file ${file}`, fix }], proposals: [], guesses: [] }
  }
  try {
    const database = new openUntouched(realPath(file), { fileMustExist: true, timeout: 0 })
    try {
      const query: Query = (sql, ...parameters) => database.prepare(sql).all(...parameters) as Record<string, unknown>[]
      return findings(file, tables, query)
    } finally {
      database.close()
    }
  } catch (error) {
    const found = `${file} cannot be read: ${reason(error)}`
    return {
      checks: [{ name: 'database', found, fix: whatToDo(error, "name your agent's SQLite database") }],
      proposals: [],
      guesses: [],
    }
  }
}

function findings(file: string, given: readonly GoalTable[] | undefined, query: Query): DatabaseFindings {
  const tables = given ?? [THREAD_GOALS]
  const checks = tables.flatMap((mapping) => {
    const check = tableCheck(mapping, given !== undefined, query)
    // Without a config, Codex's table need not be there.
    if (check === undefined) return given ? [noTableCheck(mapping.table, file, query)] : []
    return mapping.usage ? [check, usageCheck(mapping.usage, query)] : [check]
  })
  const mapped = new Set(tables.map(({ table }) => table.toLowerCase()))
  const proposals = proposedMappings(query).filter(({ mapping }) => !mapped.has(mapping.table.toLowerCase()))
  const nothing = proposals.length === 0 && !tables.some(({ table }) => sqlOf(table, query) !== undefined)
  const guesses = nothing && !(given && tables.length === 0) ? guessedMappings(query) : []
  const [proposal] = proposals
  if (checks.length === 0 && proposal) {
    const found = 'looks as if it held goals, and nothing maps it'
    checks.push({ name: proposal.mapping.table, found, fix: 'put the mapping below into goaltrace.config.json' })
  } else if (checks.length === 0 && !given) {
    const fix = guesses.length
      ? 'start the agent once, or choose its table among those below'
      : 'start the agent once, or map its table in goaltrace.config.json'
    checks.push({ name: 'goal table', found: `none in ${file}`, fix })
  }
  return { checks: [...checks, outboxCheck(file, query)], proposals, guesses }
}

/** As many names as a mistyped one needs to be recognized. */
const LISTED = 10

function noTableCheck(name: string, file: string, query: Query): Check {
  const there = query(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND name NOT LIKE '\\_goaltrace%' ESCAPE '\\' ORDER BY name`).map((table) => String(table.name))
  const more = there.length > LISTED ? ` and ${there.length - LISTED} more` : ''
  const fix = there.length > 0 ? `tables there: ${there.slice(0, LISTED).join(', ')}${more}` : 'start the agent once'
  return { name, found: `is not in ${file}`, fix }
}

/** @param mapped Whether it is mapped; else it is taken for Codex's, whose other columns it need not have. */
function tableCheck({ table, columns, statuses }: GoalTable, mapped: boolean, query: Query): Check | undefined {
  const sql = sqlOf(table, query)
  if (sql === undefined) return undefined
  const there = new Set(columnsOf(table, query).map((name) => name.toLowerCase()))
  const missing = Object.entries(columns).filter(([, column]) => !there.has(String(column).toLowerCase()))
  const fault = missing.find(([key]) => mapped || key === 'goalId' || key === 'status')
  if (fault) {
    const [key, column] = fault
    const either = key === 'goalId' || key === 'status' ? '' : ', or leave it out'
    const where = mapped ? '' : ' in goaltrace.config.json'
    return { name: table, found: `has no column ${column}`, fix: `name the column that is its ${key}${either}${where}` }
  }
  const words = statusWords(table, columns.status, sql, query)
  const unknown = words.filter((word) => (statuses ? !Object.hasOwn(statuses, word) : !isGoalStatus(word)))
  if (unknown.length > 0) {
    const listed = unknown.map((word) => JSON.stringify(word)).join(', ')
    const fix = `say in its statuses what ${listed} ${unknown.length === 1 ? 'means' : 'mean'}; until then such changes are not reported`
    return { name: table, found: 'has statuses that nothing maps', fix }
  }
  const count = Number(query(`SELECT count(*) AS count FROM ${quoted(table)}`)[0]?.count)
  const goals = `${count.toLocaleString('en-US')} ${count === 1 ? 'goal' : 'goals'}`
  const { deletedAt } = columns
  if (count === 0 || deletedAt === undefined) return { name: table, found: goals }
  return goneCheck(table, deletedAt, goals, query)
}

/** A flag is never NULL, so that with one for its `deletedAt` no goal of a table is reported. */
function goneCheck(name: string, deletedAt: string, goals: string, query: Query): Check {
  const of = `FROM ${quoted(name)} WHERE ${quoted(deletedAt)}`
  if (query(`SELECT 1 ${of} IS NULL LIMIT 1`).length > 0) return { name, found: goals }
  const found = `${goals}, all of them gone: ${deletedAt} is NULL in none`
  const flags = query(`SELECT 1 ${of} IN (0, 1, '0', '1', '', 'false', 'true') LIMIT 1`)
  if (flags.length === 0) return { name, found }
  const fix = 'name a column as its deletedAt that is NULL until the goal is gone, not a flag, or leave it out'
  return { name, found, fix }
}

/** By which a table was made; undefined where there is none. */
function sqlOf(table: string, query: Query): string | undefined {
  const [found] = query(`SELECT sql FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower(?)`, table)
  return found && String(found.sql)
}

function outboxCheck(file: string, query: Query): Check {
  const name = 'outbox'
  if (query('SELECT 1 FROM sqlite_schema WHERE name = ?', OUTBOX).length === 0) {
    return { name, found: 'none yet: it is made when a goal first changes under goaltrace' }
  }
  try {
    return stateOfOutbox(name, file)
  } catch (error) {
    if (!(error instanceof StateDirectoryError)) throw error
    return { name, found: 'how many changes are pending is not known without the state directory' }
  }
}

function stateOfOutbox(name: string, file: string): Check {
  const outbox = findOutbox(file)
  const refused = deadLettersOf(outbox).length
  if (refused > 0) {
    const fix = `\`goaltrace outbox ${file}\` shows them, and why`
    return { name, found: `${refused} of its records are set aside`, fix }
  }
  const { count } = outbox.outbox.waiting(checkpointOf(outbox).seq)
  const found =
    count === 0 ? 'nothing is pending' : `${count.toLocaleString('en-US')} pending; \`goaltrace relay ${file}\``
  return { name, found }
}
