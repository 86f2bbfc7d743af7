import { grouped } from '../../base/grouped.ts'
import type { Prices } from '../../goal/prices.ts'
import type { SummaryStep } from './api.ts'
import { totalCost } from './costs.ts'
import { spread } from './spread.ts'
import type { StoppedGoal } from './stopped-goals.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** If there are more, the oldest are left out: some event's clock is wrong by decades. */
const MOST_STEPS = 4000

/** Milliseconds of a step: five minutes up to three hours, hours up to fourteen days, days beyond. */
export function stepOf(lengthMs: number): number {
  if (lengthMs <= 3 * HOUR) return 5 * MINUTE
  return lengthMs <= 14 * DAY ? HOUR : DAY
}

/**
 * All steps of a period, those without events included.
 * @param created How many goals were created, by the beginning of the step.
 */
export function summarySteps(
  sinceMs: number,
  untilMs: number,
  created: ReadonlyMap<number, number>,
  stopped: readonly StoppedGoal[],
  prices: Prices | undefined,
): SummaryStep[] {
  const step = stepOf(untilMs - sinceMs)
  const begin = (ms: number) => Math.floor(ms / step) * step
  const byStep = grouped(stopped, ({ stoppedAtMs }) => begin(stoppedAtMs))
  const steps: SummaryStep[] = []
  for (let at = Math.max(begin(sinceMs), begin(untilMs - 1) - (MOST_STEPS - 1) * step); at < untilMs; at += step) {
    const goals = byStep.get(at) ?? []
    const complete = goals.filter(({ reason }) => reason === 'complete').length
    steps.push({
      at: new Date(at).toISOString(),
      created: created.get(at) ?? 0,
      complete,
      stopped: goals.length - complete,
      tokens: spread(goals.flatMap(({ tokens }) => tokens ?? [])),
      seconds: spread(goals.flatMap(({ seconds }) => seconds ?? [])),
      cost: totalCost(prices, goals),
    })
  }
  return steps
}
