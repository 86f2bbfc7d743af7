/**
 * What is known of a goal, field by field. The outbox's columns and rows, the SQL of the triggers, the columns that a
 * mapping may name and the checks of what users pass all come from this table. To add a field, add it here and follow
 * the compiler; a new column of the outbox also needs a new VERSION in outbox/outbox-table.ts.
 *
 * The keys are the names of the outbox's columns.
 */
export const GOAL_FIELDS = {
  thread: { name: 'threadId', is: 'name', kept: 'before and after' },
  goal: { name: 'goalId', is: 'name', kept: 'before and after' },
  status: { name: 'status', is: 'status', kept: 'before and after' },
  budget: { name: 'tokenBudget', is: 'limit', kept: 'before and after' },
  tokens: { name: 'tokensUsed', is: 'total', kept: 'before and after' },
  seconds: { name: 'timeUsedSeconds', is: 'total', kept: 'before and after' },
  objective: { name: 'objective', is: 'content', kept: 'once' },
  model: { name: 'model', is: 'name', kept: 'once' },
  reason: { name: 'reason', is: 'content', kept: 'once' },
} as const satisfies Record<string, GoalField>

interface GoalField {
  /** In mappings, snapshots and options. */
  readonly name: string
  readonly is: FieldKind
  /**
   * `once` for what describes a goal and is no part of a change: its value after the change, or the last one of a
   * deleted goal.
   */
  readonly kept: 'before and after' | 'once'
}

/**
 * `name`: a text. `status`: one of GOAL_STATUSES. `limit`: a whole number, or null for none. `total`: a number
 * that only grows. `content`: confidential, so that it is not kept unless capturing it was asked for; of an objective the length is.
 */
export type FieldKind = 'name' | 'status' | 'limit' | 'total' | 'content'

type Fields = typeof GOAL_FIELDS

export type Field = keyof Fields
/** The fields that a row of the outbox has twice. */
export type ChangingField = { [F in Field]: Fields[F]['kept'] extends 'once' ? never : F }[Field]

/** All fields of one version of a goal. */
export type Side<T> = Readonly<Record<Field, T>>

export const FIELDS = Object.keys(GOAL_FIELDS) as readonly Field[]
export const CHANGING_FIELDS = FIELDS.filter((field): field is ChangingField => GOAL_FIELDS[field].kept !== 'once')

export function side<T>(of: (field: Field) => T): Side<T> {
  return Object.fromEntries(FIELDS.map((field) => [field, of(field)])) as Side<T>
}
