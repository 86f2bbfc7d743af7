import { styleText } from 'node:util'
import { type GoalSummary, stateOf } from '../../backend/api/api.ts'
import { money } from '../../goal/money.ts'
import { duration, shortId, styleOf, tokens } from './event-line.ts'
import { roomBeside, type TableColumn } from './narrow-table.ts'
import { fitted, printable } from './printable.ts'
import { aligned, budgetBar } from './table.ts'

interface Column {
  readonly name: string
  readonly right?: true
  /** Its least width in characters, so that a list that is drawn again does not move. */
  readonly least: number
  /** Which is left out first where the terminal is narrow; undefined for those that stay. */
  readonly leaves?: number
  cell(goal: GoalSummary, nowMs: number): string
}

const COLUMNS: readonly Column[] = [
  { name: 'goal', least: 7, cell: (goal) => styleText('dim', shortId(goal.goal_id)) },
  { name: 'status', least: 14, cell: (goal) => styleText(styleOf(stateOf(goal)), stateOf(goal)) },
  {
    name: '',
    least: 0,
    leaves: 1,
    cell: (goal) => budgetBar(Number(goal.tokens_used ?? 0), Number(goal.token_budget) || undefined),
  },
  { name: 'tokens', least: 13, right: true, leaves: 5, cell: (goal) => tokens(goal.tokens_used, goal.token_budget) },
  { name: 'cost', least: 6, right: true, leaves: 6, cell: ({ cost }) => (cost === null ? '' : money(cost)) },
  { name: 'time', least: 6, right: true, leaves: 3, cell: (goal) => duration(goal.time_used_seconds) },
  { name: 'agent', least: 8, leaves: 2, cell: (goal) => fitted(printable(goal.service ?? ''), 20) },
  {
    name: 'changed',
    least: 10,
    right: true,
    leaves: 4,
    cell: (goal, nowMs) => `${ago(Date.parse(goal.last_at), nowMs)} ago`,
  },
]
/** The objective comes after the id, and gets the width that the other columns leave. */
const ABOUT = { name: 'objective', at: 1, least: 8, usual: 24, most: 60 }

/** One line for each goal below a heading, none wider than the terminal. */
export function goalList(goals: readonly GoalSummary[], nowMs: number, columns: number): string {
  const shown = COLUMNS.filter(({ name }) => name !== 'cost' || goals.some(({ cost }) => cost !== null))
  const table: TableColumn[] = shown.map(({ right = false, leaves = Infinity, ...column }) => {
    const heading = right ? column.name.padStart(column.least) : column.name.padEnd(column.least)
    return { right, leaves, cells: [styleText('dim', heading), ...goals.map((goal) => column.cell(goal, nowMs))] }
  })
  const room = roomBeside(table, columns, ABOUT.least)
  if (room >= ABOUT.least) {
    const cells = aboutCells(goals, Math.min(room, ABOUT.most))
    table.splice(ABOUT.at, 0, { right: false, leaves: Infinity, cells })
  }
  const right = new Set(table.flatMap((column, at) => (column.right ? [at] : [])))
  return aligned(
    ['', ...goals].map((_, row) => table.map(({ cells }) => cells[row] ?? '')),
    right,
  )
}

function aboutCells(goals: readonly GoalSummary[], room: number): string[] {
  const heading = styleText('dim', ABOUT.name.padEnd(Math.min(room, ABOUT.usual)))
  return [heading, ...goals.map((goal) => fitted(printable(goal.objective ?? shortId(goal.thread_id)), room))]
}

/** How long ago, in the largest unit that says it. */
export function ago(atMs: number, nowMs: number): string {
  return duration(Math.max(0, Math.floor((nowMs - atMs) / 1000)))
}
