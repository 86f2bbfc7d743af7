import { styleText } from 'node:util'
import type { Costs, Summary } from '../../backend/api/api.ts'
import { money } from '../../goal/money.ts'
import { tokens } from './event-line.ts'
import { fitted, printable } from './printable.ts'
import { aligned } from './table.ts'

/** What the goals of a day or of an agent have cost that stopped. */
export interface Spent {
  readonly goals: number
  readonly tokens: number
  /** Null without prices. */
  readonly cost: Costs | null
}

export interface SpentOnDay extends Spent {
  /** In UTC, as 2026-11-29. */
  readonly day: string
}

const AGENT_WIDTH = 40

/** The days on which goals stopped, the last one first: a summary's steps are days, or parts of one. */
export function spentByDay({ steps }: Pick<Summary, 'steps'>): SpentOnDay[] {
  const days = new Map<string, SpentOnDay>()
  for (const step of steps) {
    const goals = step.complete + step.stopped
    if (goals === 0) continue
    const day = step.at.slice(0, 10)
    const before = days.get(day)
    const spent = { day, goals, tokens: step.tokens.sum, cost: step.cost }
    days.set(day, before ? together(before, spent) : spent)
  }
  return [...days.values()].reverse()
}

function together(one: SpentOnDay, other: SpentOnDay): SpentOnDay {
  const [a, b] = [one.cost, other.cost]
  const known = [a?.amount, b?.amount].filter((amount) => amount != null)
  const amount = known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0)
  return {
    day: one.day,
    goals: one.goals + other.goals,
    tokens: one.tokens + other.tokens,
    cost: a && b && { ...a, amount, unknown: a.unknown + b.unknown },
  }
}

/** Two tables: by day, and by agent. */
export function costTable(summary: Pick<Summary, 'steps' | 'services'>): string {
  const days = table('day (UTC)', spentByDay(summary), ({ day }) => day)
  const agents = table('agent', summary.services, ({ service }) => fitted(printable(service ?? '–'), AGENT_WIDTH))
  return `${days}\n\n${agents}`
}

function table<T extends Spent>(name: string, spent: readonly T[], nameOf: (one: T) => string): string {
  const headings = [name, 'goals', 'tokens', 'cost', ''].map((heading) => styleText('dim', heading))
  const rows = spent.map((one) => [
    nameOf(one),
    String(one.goals),
    tokens(one.tokens, null),
    one.cost?.amount == null ? '–' : money({ ...one.cost, amount: one.cost.amount }),
    one.cost && one.cost.unknown > 0 ? styleText('dim', `${one.cost.unknown} unknown`) : '',
  ])
  return aligned([headings, ...rows], new Set([1, 2, 3]))
}
