import { singularOf } from './goal-names.ts'
import type { GoalColumns } from './goal-table.ts'
import { plainWord } from './plain-word.ts'
import type { ColumnFacts, TableFacts } from './table-facts.ts'

type Kind = 'number' | 'text' | 'time'

interface Names {
  /** The likeliest first; `*` is the table's own name, as `goal` of `agent_goals`. */
  readonly names: readonly string[]
  readonly kind?: Kind
}

const THREADS = ['thread', 'conversation', 'session', 'chat', 'channel', 'room']

/** How agents name what a goal has besides its id and its status. */
const NAMES: Readonly<Record<Exclude<keyof GoalColumns, 'goalId' | 'status'>, Names>> = {
  threadId: {
    names: THREADS.flatMap((name) => [`${name}_id`, name, `${name}_key`, `${name}_uuid`, `parent_${name}_id`]),
  },
  tokenBudget: {
    names: [
      ...['token_budget', 'budget_tokens', 'tokens_budget', 'max_tokens', 'token_limit', 'tokens_limit'],
      ...['max_token_budget', 'limit_tokens', 'budget'],
    ],
    kind: 'number',
  },
  tokensUsed: {
    names: [
      ...['tokens_used', 'used_tokens', 'total_tokens', 'tokens_total', 'tokens_spent', 'spent_tokens'],
      ...['tokens_consumed', 'token_usage', 'token_count', 'tokens'],
    ],
    kind: 'number',
  },
  timeUsedSeconds: {
    names: [
      ...['time_used_seconds', 'seconds_used', 'used_seconds', 'duration_seconds', 'elapsed_seconds', 'seconds_spent'],
      ...[
        'time_spent_seconds',
        'total_seconds',
        'runtime_seconds',
        'duration_s',
        'elapsed_s',
        'duration_sec',
        'seconds',
        ...['time_used_secs', 'duration_secs', 'elapsed_secs', 'elapsed_sec', 'secs_used', 'secs'],
      ],
    ],
    kind: 'number',
  },
  objective: {
    names: [
      ...['objective', 'goal_text', '*_text', 'goal', 'goal_description', '*_description', '*', '*_name', '*_title'],
      ...[
        'task',
        'mission',
        'prompt',
        'instruction',
        'instructions',
        'user_instruction',
        'request',
        'raw_input',
        'title',
      ],
      ...['subject', 'description', 'name', 'summary', 'label', 'text', 'content', 'body', 'input', 'query'],
    ],
    kind: 'text',
  },
  model: { names: ['model', 'model_name', 'model_id', 'llm_model'], kind: 'text' },
  reason: {
    names: [
      ...['reason', 'status_reason', 'blocked_reason', 'block_reason', 'blocked_by', 'failure_reason'],
      ...['error', 'error_message', 'last_error'],
    ],
    kind: 'text',
  },
  deletedAt: {
    names: [
      ...['deleted_at', 'deleted_on', 'is_deleted', 'deleted', 'removed_at', 'is_removed', 'removed', 'cleared_at'],
      ...['archived_at', 'cancelled_at', 'canceled_at'],
    ],
  },
}

/** Which columns of a table hold what, without its status. Undefined where no column names a goal. */
export function goalColumns(table: TableFacts): Omit<GoalColumns, 'status'> | undefined {
  const goalId = idOf(table)
  if (goalId === undefined) return undefined
  const columns: Record<string, string> = { goalId: goalId.name }
  for (const [key, { names, kind }] of Object.entries(NAMES)) {
    const found = named(table, names, (column) => fits(key, kind, column) && column !== goalId)
    if (found) columns[key] = found.name
  }
  // One goal per thread, with the thread's id as its own.
  if (isThread(goalId)) columns.threadId = goalId.name
  return columns as unknown as Omit<GoalColumns, 'status'>
}

/** The first of these names that a column has which fits. */
export function named(
  { name, columns }: TableFacts,
  names: readonly string[],
  fits: (column: ColumnFacts) => boolean = () => true,
): ColumnFacts | undefined {
  const own = singularOf(name)
  for (const wanted of names) {
    const plain = wanted.replace('*', own)
    const found = columns.find((column) => plainWord(column.name) === plain && fits(column))
    if (found) return found
  }
  return undefined
}

function fits(key: string, kind: Kind | undefined, column: ColumnFacts): boolean {
  if (kind === 'text') return column.references === undefined && !isNumber(column) && !isTime(column)
  // A budget with a fraction is money, most likely.
  if (key === 'tokenBudget' && /REAL|FLOA|DOUB|DECIMAL|NUMERIC/.test(column.type)) return false
  if (kind === 'number') return !isText(column) && column.references === undefined
  // A time that is never null would make every goal one that is gone.
  if (key === 'deletedAt') return isFlag(column) || (column.nullable && column.preset === undefined)
  return true
}

/** `is_deleted`, 0 or 1: never one that says when. */
function isFlag({ name }: ColumnFacts): boolean {
  return !/(?:at|on)$/i.test(name)
}

export function isNumber({ type }: ColumnFacts): boolean {
  return /INT|REAL|FLOA|DOUB|NUM|DEC|BOOL/.test(type)
}

export function isText({ type }: ColumnFacts): boolean {
  return /CHAR|TEXT|CLOB|STRING|UUID/.test(type)
}

export function isTime({ type }: ColumnFacts): boolean {
  return /DATE|TIME/.test(type)
}

const isThread = ({ name }: ColumnFacts) => NAMES.threadId.names.includes(plainWord(name))

/**
 * What names a goal: the primary key, unless that is a number beside a unique name, or the thread that the goal is on.
 * A foreign key names something else: a task's `goal_id` is no name of the task.
 */
function idOf(table: TableFacts): ColumnFacts | undefined {
  const own = ['*_id', '*_uuid', '*_key', 'goal_id', 'uuid', 'id', 'guid', 'uid', 'public_id', 'external_id']
  const isOwn = (column: ColumnFacts) => column.references === undefined && !isThread(column)
  const primary = table.columns.filter(({ pk }) => pk > 0)
  const [first] = primary
  if (first === undefined) return named(table, own, (column) => isOwn(column) || column.unique)
  if (primary.length === 1) {
    const better = named(table, own, (column) => isOwn(column) && column.pk === 0 && column.unique)
    if (isThread(first)) return better ?? named(table, own, isOwn) ?? first
    return /INT/.test(first.type) && better ? better : first
  }
  const parts = primary.filter(isOwn)
  return named({ ...table, columns: parts }, own) ?? parts.at(-1) ?? first
}
