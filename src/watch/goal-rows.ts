import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import { type GoalInRow, goalChanges } from '../event/goal-pairs.ts'
import { GOAL_FIELDS, type Side, side } from '../goal/goal-fields.ts'
import type { GoalColumns, GoalTable } from '../mapping/goal-table.ts'
import type { SqlValue } from '../outbox/outbox-table.ts'
import { snapshot } from '../outbox/row-changes.ts'
import type { NamedRows } from '../sqlite/wal/named-rows.ts'
import type { WantedTable } from '../sqlite/wal/table-shape.ts'
import type { TableChange } from '../sqlite/wal/tracked-tables.ts'
import { UsageTotals } from './usage-totals.ts'

const NO_ROWS: NamedRows = { names: [], rows: [] }
/** Columns that a table may gain or lose later, which is no change of a goal. */
const OPTIONAL = [
  'tokenBudget',
  'tokensUsed',
  'timeUsedSeconds',
  'objective',
  'objectiveLength',
  'model',
  'reason',
] as const

type NamedValues = Readonly<Record<string, SqlValue>>

/** From the rows of a mapped table, and of its table of usage, to changes of goals. */
export class GoalRows {
  readonly table: GoalTable
  /** The goal table, and the table of usage. */
  readonly wanted: readonly WantedTable[]
  readonly #usage = new UsageTotals()
  readonly #words = new Map<string, string>()
  /** The rows of each goal, of which a change of usage says only the id. */
  readonly #rows = new Map<string, Map<string, { names: readonly string[]; values: readonly SqlValue[] }>>()

  constructor(table: GoalTable, captureObjective: boolean) {
    this.table = table
    const { columns, usage } = table
    const goals: WantedTable = {
      name: table.table,
      // Confidential columns are read only if that is asked for.
      columns: Object.values(captureObjective ? columns : { ...columns, reason: undefined }).filter(isName),
      required: [columns.goalId, columns.status],
      lengths: captureObjective || columns.objective === undefined ? [] : [columns.objective],
    }
    const amounts = [usage?.tokens, usage?.seconds].filter(isName)
    this.wanted = usage
      ? [goals, { name: usage.table, columns: [usage.goalId, ...amounts], required: [usage.goalId], lengths: [] }]
      : [goals]
  }

  /** The table's word for a goal's status, of the last changes, where nothing maps it. */
  wordOf({ threadId, goalId }: GoalSnapshot): string {
    return this.#words.get(`${threadId}\0${goalId}`) ?? ''
  }

  /** All rows as they are known, before the first change. */
  load(goals: NamedRows, usage: NamedRows | undefined): void {
    this.#add(goals)
    if (usage) this.#addUsage(usage)
  }

  changes(tables: readonly TableChange[]): GoalChange[] {
    this.#words.clear()
    const { table, usage } = this.table
    const goals = tables.find((one) => one.table === table)
    const used = usage && tables.find((one) => one.table === usage.table)
    const [removed, added] = [goals?.removed ?? NO_ROWS, goals?.added ?? NO_ROWS]
    const touched = this.#touchedBy(used)
    const before = [...this.#goalsIn(removed), ...this.#others(touched, removed)]
    for (const { key } of used?.removed.rows ?? []) this.#usage.delete(key)
    this.#delete(removed)
    if (used) this.#addUsage(used.added)
    this.#add(added)
    const after = [...this.#goalsIn(added), ...this.#others(touched, added)]
    const changes = goalChanges(before, after)
    return sameNames(removed, added) ? changes : changes.map(withoutNewColumns)
  }

  #goalsIn({ names, rows }: NamedRows): GoalInRow[] {
    return rows.flatMap(({ key, values }) => this.#goalIn(key, names, values) ?? [])
  }

  #goalIn(row: string, names: readonly string[], values: readonly SqlValue[]): GoalInRow | undefined {
    const side = this.#side(named(names, values))
    const goal = snapshot(side, { table: this.#present(names) })
    if (goal !== null && goal.status === undefined) {
      this.#words.set(`${goal.threadId}\0${goal.goalId}`, String(side.status))
    }
    return goal === null ? undefined : { row, goal }
  }

  #side(row: NamedValues): Side<SqlValue> {
    const { columns, thread, usage } = this.table
    const value = (column: string | undefined) => (column && row[column.toLowerCase()]) ?? null
    const mapped = side((field) => value(columns[GOAL_FIELDS[field].name]) as SqlValue)
    const id = mapped.goal
    const [tokens, seconds] = usage ? this.#usage.of(id) : [0, 0]
    return {
      ...mapped,
      thread: columns.threadId !== undefined ? mapped.thread : (thread ?? id),
      goal: value(columns.deletedAt) === null ? id : null,
      tokens: usage?.tokens === undefined ? mapped.tokens : tokens,
      seconds: usage?.seconds === undefined ? mapped.seconds : seconds,
    }
  }

  /** The mapping of what is there: what no column holds is unknown. */
  #present(names: readonly string[]): GoalTable {
    const columns = Object.entries(this.table.columns).filter(([, name]) => names.includes(name?.toLowerCase() ?? ''))
    return { ...this.table, columns: Object.fromEntries(columns) as unknown as GoalColumns }
  }

  /** Goals whose usage changes, though their own rows may not. */
  #touchedBy(used: TableChange | undefined): Set<string> {
    const { goalId = '' } = this.table.usage ?? {}
    return new Set(
      [used?.removed ?? NO_ROWS, used?.added ?? NO_ROWS].flatMap(({ names, rows }) => {
        const at = names.indexOf(goalId.toLowerCase())
        return rows.map(({ values }) => String(values[at]))
      }),
    )
  }

  #others(touched: ReadonlySet<string>, besides: NamedRows): GoalInRow[] {
    const there = new Set(besides.rows.map(({ key }) => key))
    return [...touched].flatMap((goal) =>
      [...(this.#rows.get(goal) ?? [])].flatMap(([key, { names, values }]) =>
        there.has(key) ? [] : (this.#goalIn(key, names, values) ?? []),
      ),
    )
  }

  #add({ names, rows }: NamedRows): void {
    if (this.table.usage === undefined) return
    const at = names.indexOf(this.table.columns.goalId.toLowerCase())
    for (const { key, values } of rows) {
      const goal = String(values[at])
      const known = this.#rows.get(goal) ?? new Map()
      this.#rows.set(goal, known.set(key, { names, values }))
    }
  }

  #delete({ names, rows }: NamedRows): void {
    const at = names.indexOf(this.table.columns.goalId.toLowerCase())
    for (const { key, values } of rows) this.#rows.get(String(values[at]))?.delete(key)
  }

  #addUsage({ names, rows }: NamedRows): void {
    const { goalId = '', tokens = '', seconds = '' } = this.table.usage ?? {}
    for (const { key, values } of rows) {
      const row = named(names, values)
      const value = (name: string) => row[name.toLowerCase()] ?? null
      this.#usage.add(key, value(goalId), value(tokens), value(seconds))
    }
  }
}

function isName(name: string | undefined): name is string {
  return name !== undefined
}

function named(names: readonly string[], values: readonly SqlValue[]): NamedValues {
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? null]))
}

function sameNames(one: NamedRows, other: NamedRows): boolean {
  return one.rows.length === 0 || other.rows.length === 0 || one.names.join('\0') === other.names.join('\0')
}

function withoutNewColumns({ before, after }: GoalChange): GoalChange {
  if (before === null || after === null) return { before, after }
  const known: Partial<Record<keyof GoalSnapshot, unknown>> = { ...before }
  for (const field of OPTIONAL) {
    if (before[field] === undefined || after[field] === undefined) known[field] = after[field]
  }
  return { before: known as unknown as GoalSnapshot, after }
}
