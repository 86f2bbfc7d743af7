import type { Database } from 'better-sqlite3'
import { grouped } from '../../base/grouped.ts'
import type { Prices } from '../../goal/prices.ts'
import { type HttpResponse, json } from '../http/http-response.ts'
import { Parameters } from '../http/parameters.ts'
import type { Summary } from './api.ts'
import type { ApiRequest } from './api-request.ts'
import { totalCost } from './costs.ts'
import { goalCounts } from './goal-counts.ts'
import { spread } from './spread.ts'
import { type StoppedGoal, stoppedGoals } from './stopped-goals.ts'
import { stepOf, summarySteps } from './summary-steps.ts'
import { Where } from './where.ts'

/** Milliseconds, as all times here. */
const DAY = 86_400_000
/** However little happened, the steps are of this time at least. */
const SHORTEST = 3_600_000
/** Of a longer time in which nothing happened there are only the steps of a day. */
const LONG = 400 * DAY
const MOST_SERVICES = 10

/** GET /api/summary */
export function summary({ database, query, staleness, prices }: ApiRequest): HttpResponse {
  const asked = new Parameters(query, ['since', 'until', 'service'])
  const service = asked.text('service')
  const until = asked.time('until') ?? BigInt(Date.now()) * 1_000_000n
  const dayBefore = until - BigInt(DAY) * 1_000_000n
  // In 1677, where SQLite's integers begin, there is none.
  const since = asked.time('since') ?? (BigInt.asIntN(64, dayBefore) === dayBefore ? dayBefore : until)
  const goals = stoppedGoals(database, since, until, service)
  const untilMs = Number(until / 1_000_000n)
  const sinceMs = Number(since / 1_000_000n)
  const firstMs = beginning(sinceMs, untilMs, firstIn(database, since, until, service))
  const created = createdByStep(database, since, until, service, stepOf(untilMs - firstMs))
  const complete = goals.filter(({ reason }) => reason === 'complete').length
  const summary: Summary = {
    since: new Date(sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    now: goalCounts(database, staleness, service),
    created: [...created.values()].reduce((sum, count) => sum + count, 0),
    stopped: goals.length,
    completion_rate: goals.length === 0 ? null : complete / goals.length,
    reasons: reasons(goals),
    tokens: spread(goals.flatMap(({ tokens }) => tokens ?? [])),
    seconds: spread(goals.flatMap(({ seconds }) => seconds ?? [])),
    budget_use: spread(goals.flatMap(({ tokens, budget }) => (budget ? (tokens ?? 0) / budget : []))),
    steps: summarySteps(firstMs, untilMs, created, goals, prices),
    cost: totalCost(prices, goals),
    services: services(goals, prices),
  }
  return json(JSON.stringify(summary))
}

/** Where the steps begin: minutes of events must not be lost on an axis of a day. */
function beginning(sinceMs: number, untilMs: number, firstMs: number | undefined): number {
  if (firstMs === undefined) return untilMs - sinceMs > LONG ? untilMs - DAY : sinceMs
  return Math.max(sinceMs, Math.min(firstMs, untilMs - SHORTEST))
}

/** Milliseconds: when the first goal of a time was created or stopped in it. */
function firstIn(database: Database, since: bigint, until: bigint, service: string | null): number | undefined {
  const first = (column: string) => {
    const { sql, values } = new Where().between(column, since, until).equal('service_name', service)
    return database.prepare(`SELECT min(${column}) / 1000000 FROM goal ${sql}`).pluck().get(values) as number | null
  }
  const known = [first('created_at_ns'), first('stopped_at_ns')].filter((ms) => ms !== null)
  return known.length === 0 ? undefined : Math.min(...known)
}

function createdByStep(
  database: Database,
  since: bigint,
  until: bigint,
  service: string | null,
  stepMs: number,
): Map<number, number> {
  const { sql, values } = new Where().between('created_at_ns', since, until).equal('service_name', service)
  const counts = database
    .prepare(`SELECT created_at_ns / 1000000 / ${stepMs} * ${stepMs}, count(*) FROM goal ${sql} GROUP BY 1`)
    .raw()
    .all(values) as [number, number][]
  return new Map(counts)
}

function reasons(goals: readonly StoppedGoal[]): Summary['reasons'] {
  return [...grouped(goals, ({ reason }) => reason)]
    .map(([state, of]) => ({ state, goals: of.length }))
    .sort((one, other) => other.goals - one.goals)
}

function services(goals: readonly StoppedGoal[], prices: Prices | undefined): Summary['services'] {
  return [...grouped(goals, ({ service }) => service)]
    .map(([service, of]) => ({
      service,
      goals: of.length,
      tokens: of.reduce((sum, { tokens }) => sum + (tokens ?? 0), 0),
      cost: totalCost(prices, of),
    }))
    .sort((one, other) => other.tokens - one.tokens)
    .slice(0, MOST_SERVICES)
}
