import { isNumber, named } from './goal-columns.ts'
import { singularOf } from './goal-names.ts'
import type { GoalColumns, GoalUsageTable } from './goal-table.ts'
import { plainWord } from './plain-word.ts'
import type { TableFacts } from './table-facts.ts'

const TOKENS = ['tokens', 'total_tokens', 'tokens_used', 'token_count', 'amount_tokens']
const SECONDS = [
  'seconds',
  'duration_seconds',
  'elapsed_seconds',
  'duration_s',
  'duration_secs',
  'elapsed_secs',
  'secs',
]

/** A table with a row for each piece of a goal's work, where the goal's own has no total of it. */
export function usageTable(
  goals: TableFacts,
  { goalId, tokensUsed, timeUsedSeconds }: Omit<GoalColumns, 'status'>,
  tables: readonly TableFacts[],
): GoalUsageTable | undefined {
  for (const table of tables) {
    if (table === goals || !/usage|cost|spen|consumption|metering/.test(plainWord(table.name))) continue
    const own = singularOf(goals.name)
    const isGoal = (name: string) =>
      [`${own}_id`, plainWord(goalId)].includes(plainWord(name)) && plainWord(name) !== 'id'
    const goal = table.columns.find(({ name, references }) =>
      references ? references.table === goals.name : isGoal(name),
    )
    const tokens = tokensUsed === undefined ? named(table, TOKENS, isNumber)?.name : undefined
    const seconds = timeUsedSeconds === undefined ? named(table, SECONDS, isNumber)?.name : undefined
    if (goal && (tokens ?? seconds)) {
      return { table: table.name, goalId: goal.name, ...(tokens && { tokens }), ...(seconds && { seconds }) }
    }
  }
  return undefined
}
