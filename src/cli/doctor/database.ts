import { existsSync } from 'node:fs'
import { counted, withCommas } from '../../base/counted.ts'
import { reason } from '../../base/diagnose.ts'
import { realPath } from '../../base/real-path.ts'
import { shellWord } from '../../base/shell-word.ts'
import { StateDirectoryError } from '../../base/state-directory.ts'
import { isKept } from '../../capture/trigger-sql.ts'
import { isCodexDatabase } from '../../codex/codex-places.ts'
import { isGoalStatus } from '../../goal/goal.ts'
import { columnWords } from '../../mapping/column-words.ts'
import { type GoalTable, statusOf, THREAD_GOALS } from '../../mapping/goal-table.ts'
import { type Proposal, proposedMappings } from '../../mapping/proposed-mapping.ts'
import { type Query, quoted, type TableFacts, tableOf } from '../../mapping/table-facts.ts'
import { OUTBOX } from '../../outbox/outbox-table.ts'
import { whatToDo } from '../lib/encrypted.ts'
import { checkpointOf, deadLettersOf, findOutbox, openUntouched } from '../lib/outbox-of-file.ts'
import type { Check } from './check.ts'
import { usageCheck } from './usage-check.ts'

export interface DatabaseFindings {
  readonly checks: readonly Check[]
  /** For tables that nothing maps. */
  readonly proposal: Proposal
}

const NO_PROPOSAL: Proposal = { mappings: [], guesses: [], left: [] }

/**
 * @param tables What goaltrace.config.json maps; undefined where there is none.
 * @param preset The name of the one whose tables these are.
 */
export function databaseFindings(
  file: string,
  tables: readonly GoalTable[] | undefined,
  preset?: string,
): DatabaseFindings {
  if (!existsSync(file)) {
    const fix = 'name the SQLite database in which your agent keeps its goals'
    return { checks: [{ name: 'database', found: `there is no file ${file}`, fix }], proposal: NO_PROPOSAL }
  }
  try {
    const database = new openUntouched(realPath(file), { fileMustExist: true, timeout: 0 })
    try {
      const query: Query = (sql, ...parameters) => database.prepare(sql).all(...parameters) as Record<string, unknown>[]
      return findings(file, tables, query, preset)
    } finally {
      database.close()
    }
  } catch (error) {
    const found = `${file} cannot be read: ${reason(error)}`
    const fix = whatToDo(error, "name your agent's SQLite database")
    return { checks: [{ name: 'database', found, fix }], proposal: NO_PROPOSAL }
  }
}

function findings(
  file: string,
  given: readonly GoalTable[] | undefined,
  query: Query,
  preset?: string,
): DatabaseFindings {
  const tables = given ?? [THREAD_GOALS]
  const mapped = new Set(tables.map(({ table }) => table.toLowerCase()))
  const found = tables.flatMap((mapping) => {
    const facts = tableOf(mapping.table, query)
    return facts ? [{ mapping, facts }] : []
  })
  const proposal = given?.length === 0 ? NO_PROPOSAL : proposalFor(found.length > 0, mapped, query)
  const checks = found.flatMap(({ mapping, facts }) => {
    const check = tableCheck(mapping, facts, given !== undefined, query)
    return mapping.usage ? [check, usageCheck(mapping.usage, query)] : [check]
  })
  // Without a config, Codex's table need not be there.
  for (const { table } of given ?? []) {
    if (found.some(({ mapping }) => mapping.table === table)) continue
    // What is mapped may be in several databases; beside a table that nothing maps, its name is a mistake most likely.
    const isElsewhere = found.length > 0 && proposal.mappings.length === 0
    checks.push(isElsewhere ? { name: table, found: `is not in ${file}` } : noTableCheck(table, file, query))
  }
  const [first] = proposal.mappings
  if (checks.length === 0 && first) {
    const looks = 'looks like a table of goals, and is not mapped'
    const fix = 'put the mapping below into goaltrace.config.json, as `goaltrace run --map -- node agent.js` does'
    checks.push({ name: first.mapping.table, found: looks, fix })
  } else if (checks.length === 0 && !given) {
    const fix = proposal.guesses.length
      ? 'start the agent once, or choose its table among those below'
      : 'start the agent once, or map its table in goaltrace.config.json'
    checks.push({ name: 'goal table', found: `none in ${file}`, fix })
  }
  const isOfCodex = given === undefined && found.length > 0 && isCodexDatabase(file) && !hasOutbox(query)
  const watched = isOfCodex ? CODEX_CHECK : preset === undefined ? undefined : presetCheck(preset)
  return { checks: [...checks, watched ?? outboxCheck(file, query)], proposal }
}

function presetCheck(preset: string): Check {
  return { name: 'preset', found: `goaltrace watch --preset ${preset} reports its goals` }
}

/** There is no outbox, because no Node.js process writes the file. */
const CODEX_CHECK: Check = {
  name: 'Codex',
  found: 'writes this file itself and does not run in Node.js; `goaltrace codex watch` reports its goals',
}

/** Guesses only where nothing is mapped. */
function proposalFor(isMapped: boolean, mapped: ReadonlySet<string>, query: Query): Proposal {
  const proposal = proposedMappings(query, (table) => mapped.has(table.toLowerCase()))
  if (!isMapped) return proposal
  const mappings = proposal.mappings.filter(({ certain }) => certain)
  return { mappings, guesses: [], left: mappings.length > 0 ? proposal.left : [] }
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
function tableCheck(mapping: GoalTable, facts: TableFacts, mapped: boolean, query: Query): Check {
  const { table, columns, statuses } = mapping
  const of = (name: string | undefined) => facts.columns.find((one) => one.name.toLowerCase() === name?.toLowerCase())
  const missing = Object.entries(columns).filter(([, column]) => of(column) === undefined)
  const fault = missing.find(([key]) => mapped || key === 'goalId' || key === 'status')
  const status = of(columns.status)
  if (fault || status === undefined) {
    const [key, column] = fault ?? ['status', columns.status]
    const either = key === 'goalId' || key === 'status' ? '' : ', or leave it out'
    const where = mapped ? '' : ' in goaltrace.config.json'
    return { name: table, found: `has no column ${column}`, fix: `name the column that is its ${key}${either}${where}` }
  }
  const isKnown = (word: string) => (statuses ? statusOf(word, mapping) !== undefined : isGoalStatus(word))
  const unknown = columnWords(facts, status, query).filter((word) => !isKnown(word))
  if (unknown.length > 0) {
    const listed = unknown.map((word) => JSON.stringify(word)).join(', ')
    const fix = `add ${listed} to its statuses; until then changes to ${unknown.length === 1 ? 'it' : 'them'} are not reported`
    return { name: table, found: 'has statuses that are not mapped', fix }
  }
  const count = Number(query(`SELECT count(*) AS count FROM ${quoted(table)}`)[0]?.count)
  const goals = counted(count, 'goal')
  const { deletedAt } = columns
  if (count === 0 || deletedAt === undefined) return { name: table, found: goals }
  const kept = query(`SELECT 1 FROM ${quoted(table)} WHERE ${isKept(quoted(deletedAt))} LIMIT 1`).length > 0
  return { name: table, found: kept ? goals : `${goals}, all of them gone: ${deletedAt} is set in each` }
}

function outboxCheck(file: string, query: Query): Check {
  const name = 'outbox'
  if (!hasOutbox(query)) {
    return { name, found: 'none yet: it is created when a goal first changes under goaltrace' }
  }
  try {
    return stateOfOutbox(name, file)
  } catch (error) {
    if (!(error instanceof StateDirectoryError)) throw error
    return { name, found: 'how many changes are pending is not known without the state directory' }
  }
}

function hasOutbox(query: Query): boolean {
  return query('SELECT 1 FROM sqlite_schema WHERE name = ?', OUTBOX).length > 0
}

function stateOfOutbox(name: string, file: string): Check {
  const outbox = findOutbox(file)
  const refused = deadLettersOf(outbox).length
  if (refused > 0) {
    const fix = `\`goaltrace outbox ${shellWord(file)}\` shows them, and why`
    return { name, found: `${refused} of its records are set aside`, fix }
  }
  const { count } = outbox.outbox.waiting(checkpointOf(outbox).seq)
  const found =
    count === 0 ? 'nothing is pending' : `${withCommas(count)} pending; \`goaltrace relay ${shellWord(file)}\``
  return { name, found }
}
