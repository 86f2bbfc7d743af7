import { stripVTControlCharacters, styleText } from 'node:util'
import { duration, type Style, shortId, styleOf, tokens } from './event-line.ts'
import type { GoalHistory } from './goal-history.ts'
import { columnsOf, fitted, printable } from './printable.ts'
import { timeline } from './timeline.ts'

const TIMELINE_WIDTH = 20
const BAR_WIDTH = 8
const OBJECTIVE_WIDTH = 24

/** One line for each goal: id, timeline, usage. @param fromMs,toMs Ends of the timelines, in milliseconds since 1970. */
export function goalTable(histories: readonly GoalHistory[], fromMs: number, toMs: number): string {
  const span = `${((toMs - fromMs) / 1000).toFixed(0)} s`
  const rows = histories.map((history) => [
    styleText('dim', shortId(history.goalId)),
    fitted(printable(history.objective ?? shortId(history.threadId)), OBJECTIVE_WIDTH),
    outcome(history),
    timeline(history, fromMs, toMs, TIMELINE_WIDTH),
    budgetBar(history.tokens ?? 0, history.budget),
    tokens(history.tokens, history.budget),
    duration(history.seconds),
  ])
  const axis = `0 s${span.padStart(TIMELINE_WIDTH - 3)}`
  const headings = ['goal', 'objective', 'outcome', axis, '', 'tokens', 'time'].map((name) => styleText('dim', name))
  return aligned([headings, ...rows], new Set([5, 6]))
}

function outcome({ statuses }: GoalHistory): string {
  const [before = '', last = ''] = statuses.slice(-2).map(({ status }) => status)
  const text = last === 'cleared' && before !== 'active' ? `${before}, cleared` : last
  return styleText(styleOf(last), text)
}

/** Tokens against budget; empty without a budget. */
export function budgetBar(tokens: number, budget: number | undefined): string {
  if (budget === undefined) return ''
  const filled = Math.max(0, Math.min(BAR_WIDTH, Math.ceil((tokens / budget) * BAR_WIDTH)))
  const style: Style = tokens >= budget ? 'magenta' : 'cyan'
  return styleText(style, '▇'.repeat(filled)) + styleText('dim', '▁'.repeat(BAR_WIDTH - filled))
}

/** @param right The columns that are aligned to the right. */
export function aligned(rows: readonly (readonly string[])[], right: ReadonlySet<number>): string {
  const length = (text: string) => columnsOf(stripVTControlCharacters(text))
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => length(row[index] ?? '')))) ?? []
  const line = (row: readonly string[]) =>
    row.map((text, index) => {
      const space = ' '.repeat((widths[index] ?? 0) - length(text))
      return right.has(index) ? space + text : text + space
    })
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n')
}
