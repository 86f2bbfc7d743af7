import { listOf, mapOf, NAME, objectOf, oneOf, type Rule, type Rules } from '../base/rules.ts'
import { GOAL_STATUSES, type GoalStatus } from '../goal/goal.ts'
import { FIELDS, GOAL_FIELDS } from '../goal/goal-fields.ts'
import { plainWord } from './plain-word.ts'

/** Among the words of `statuses`: any other word that is there. */
export const ANY = '*'
/** Among the meanings of `statuses`: nobody has said yet what the word means. */
export const UNKNOWN = '?'

/** Where an agent keeps its goals: the table, its columns and the words it uses. */
export interface GoalTable {
  /** The table's name, in the connection's main database. */
  readonly table: string
  /** Which column holds what. What no column holds is unknown. */
  readonly columns: GoalColumns
  /** From the table's words, in capitals or not, to a goal's status; `cleared` for a row that stays in the table though its goal is gone, `?` for a word whose meaning is not known. `null` is a row without a word, `*` any other word. Default: the statuses themselves. */
  readonly statuses?: Readonly<Record<string, GoalStatus | 'cleared' | '?'>> | undefined
  /** The thread where no column has it. Default: each goal's id is its own thread. */
  readonly thread?: string | undefined
  /** Where usage is kept row by row in its own table: a goal's is the sum over its rows. */
  readonly usage?: GoalUsageTable | undefined
}

/** A table with a row for each piece of work that a goal has taken. It should have an index on `goalId`. */
export interface GoalUsageTable {
  /** The table's name, in the same database. */
  readonly table: string
  /** The column that names the goal. */
  readonly goalId: string
  /** Tokens of this row; in place of the goal table's `tokensUsed`. */
  readonly tokens?: string | undefined
  /** Seconds of this row; in place of the goal table's `timeUsedSeconds`. */
  readonly seconds?: string | undefined
}

export interface GoalColumns {
  /** What names the goal. */
  readonly goalId: string
  /** What names the thread that the goal is on. */
  readonly threadId?: string | undefined
  /** A word of `statuses`. */
  readonly status: string
  /** Tokens; null for a goal without budget. */
  readonly tokenBudget?: string | undefined
  /** Tokens, cumulative; fractions are kept, negative ones are unknown. */
  readonly tokensUsed?: string | undefined
  /** Seconds, cumulative; fractions are kept. */
  readonly timeUsedSeconds?: string | undefined
  /** Its length is recorded; its text only where that is asked for. */
  readonly objective?: string | undefined
  /** The model that works on the goal, as its provider calls it. */
  readonly model?: string | undefined
  /** Why it has its status, such as what blocks it; recorded only where objectives are. */
  readonly reason?: string | undefined
  /** When the goal was deleted, or a flag that it was, for tables that never delete: null, 0, false or empty until then. */
  readonly deletedAt?: string | undefined
}

/** Codex's own table. */
export const THREAD_GOALS: GoalTable = {
  table: 'thread_goals',
  columns: {
    goalId: 'goal_id',
    threadId: 'thread_id',
    status: 'status',
    tokenBudget: 'token_budget',
    tokensUsed: 'tokens_used',
    timeUsedSeconds: 'time_used_seconds',
    objective: 'objective',
  },
}

/** What of a row is mapped: a goal's fields, and how it says that it is gone. */
const COLUMNS: Rules = Object.fromEntries(
  [...FIELDS.map((field) => GOAL_FIELDS[field].name), 'deletedAt'].map((key) => [key, NAME]),
)

const USAGE: Readonly<Record<keyof GoalUsageTable, Rule>> = { table: NAME, goalId: NAME, tokens: NAME, seconds: NAME }

const TABLE: Readonly<Record<keyof GoalTable, Rule>> = {
  table: NAME,
  columns: objectOf(COLUMNS, ['goalId', 'status']),
  statuses: mapOf(oneOf([...GOAL_STATUSES, 'cleared', UNKNOWN])),
  thread: NAME,
  usage: { ...objectOf(USAGE, ['table', 'goalId']), fault: usageWithoutValues },
}

const plainStatuses = new WeakMap<object, ReadonlyMap<string, unknown>>()

/** What a table's word means; itself where nothing maps any word, undefined where a mapping does not know it. */
export function statusOf(value: unknown, { statuses }: GoalTable): string | undefined {
  const word = String(value)
  if (statuses === undefined) return word
  const meaning = meaningIn(statuses, word)
  return meaning === UNKNOWN ? undefined : meaning
}

/** What is said of a word, in capitals or not; `*` is any other one. */
export function meaningIn<Said>(statuses: Readonly<Record<string, Said>>, word: string): Said | undefined {
  return Object.hasOwn(statuses, word) ? statuses[word] : otherwise(statuses, word)
}

function otherwise<Said>(statuses: Readonly<Record<string, Said>>, word: string): Said | undefined {
  let plain = plainStatuses.get(statuses) as ReadonlyMap<string, Said> | undefined
  if (plain === undefined) {
    plain = new Map(Object.entries(statuses).map(([one, said]) => [plainWord(one), said]))
    plainStatuses.set(statuses, plain)
  }
  return plain.get(plainWord(word)) ?? (word === 'null' ? undefined : plain.get(ANY))
}

/** A list of mappings, each of which can be meant beside the others. */
export const GOAL_TABLES: Rule = {
  ...listOf({ ...objectOf(TABLE, ['table', 'columns']), fault: usageMappedTwice }, 'a list of goal tables'),
  fault: tableMappedTwice,
}

function usageWithoutValues({ tokens, seconds }: GoalUsageTable): string | undefined {
  return (tokens ?? seconds) ? undefined : ' has neither tokens nor seconds; map one of them or both'
}

function usageMappedTwice({ usage, columns }: GoalTable): string | undefined {
  if (usage?.tokens && columns.tokensUsed) return '.usage.tokens has the meaning of columns.tokensUsed; map one of them'
  if (usage?.seconds && columns.timeUsedSeconds) {
    return '.usage.seconds has the meaning of columns.timeUsedSeconds; map one of them'
  }
  return undefined
}

/** SQLite's names differ by no case; two mappings of a table would record each change twice. */
function tableMappedTwice(tables: readonly GoalTable[]): string | undefined {
  const names = tables.map(({ table }) => table.toLowerCase())
  for (const [index, { table, usage }] of tables.entries()) {
    const first = names.indexOf(table.toLowerCase())
    if (first < index) return `[${index}].table is ${JSON.stringify(table)}, which tables[${first}] maps; map it once`
    const goals = usage ? names.indexOf(usage.table.toLowerCase()) : -1
    if (goals >= 0) return `[${index}].usage.table is mapped by tables[${goals}] as a table of goals; map it once`
  }
  return undefined
}
