import { type GoalSummary, type GoalsPage, stateOf } from '../../backend/api/api.ts'
import { type Filter, goalsQuery } from '../../backend/api/page-address.ts'
import { printJson } from '../../otlp/json.ts'
import { read } from '../lib/query.ts'

/** Goals of one request: as many as one may ask for. */
const PIECE = 1000

/** Saves all goals that match a filter, in its order, as a file. @throws {ApiError} */
export async function exportGoals(filter: Filter, kind: 'csv' | 'json'): Promise<void> {
  const goals: GoalSummary[] = []
  const query = goalsQuery(filter)
  for (let next: string | null = ''; next !== null; ) {
    const cursor: string = next && `&cursor=${encodeURIComponent(next)}`
    const page: GoalsPage = await read(`api/goals?${query}&limit=${PIECE}${cursor}`, new AbortController().signal)
    goals.push(...page.goals)
    next = page.next
  }
  const text = kind === 'csv' ? csv(goals) : printJson(goals)
  save(new Blob([text], { type: kind === 'csv' ? 'text/csv' : 'application/json' }), `goals.${kind}`)
}

function csv(goals: readonly GoalSummary[]): string {
  const columns = Object.keys(goals[0] ?? {}) as (keyof GoalSummary)[]
  const rows = goals.map((goal) => [stateOf(goal), ...columns.map((column) => goal[column])])
  // RFC 4180.
  return [['state', ...columns], ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** A spreadsheet runs what begins like a formula; an apostrophe makes a text of it. */
function cell(value: unknown): string {
  if (typeof value !== 'string')
    return value === null ? '' : typeof value === 'object' ? printJson(value) : String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
