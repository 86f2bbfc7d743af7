import type { GoalStatus } from '../../src/goal/goal.ts'
import { BLOCKED_BY, OBJECTIVES, SHARES, TOOLS } from './objectives.ts'
import { Random } from './random.ts'

export interface SeedEvent {
  readonly kind: 'created' | 'usage_accounted' | 'status_changed' | 'cleared'
  /** Milliseconds since 1970. */
  readonly at: number
  readonly status: GoalStatus
  readonly previous?: GoalStatus
  /** Why it is blocked. */
  readonly reason?: string
  readonly turn?: Turn
  readonly tokens: number
  readonly seconds: number
  readonly spanId: string
}

export interface Turn {
  readonly id: string
  readonly traceId: string
  readonly spanId: string
  readonly from: number
  to: number
  readonly tools: { readonly name: string; readonly spanId: string; readonly from: number; readonly to: number }[]
}

export interface GoalHistory {
  readonly agent: string
  readonly thread: string
  readonly goal: string
  readonly objective: string
  readonly budget: number | null
  readonly events: SeedEvent[]
  readonly turns: Turn[]
}

const HOUR = 3_600_000
/** How many of a hundred goals end so. */
const ENDS: readonly (readonly [GoalStatus | 'cleared', number])[] = [
  ['complete', 71],
  ['blocked', 10],
  ['budget_limited', 8],
  ['paused', 5],
  ['usage_limited', 3],
  ['cleared', 3],
]

/** Goals of the 24 hours before `until`, more by day than by night; those that have not ended by then are active. */
export function goalHistories(until: number, count: number, seed = 7): GoalHistory[] {
  const random = new Random(seed)
  const histories: GoalHistory[] = []
  while (histories.length < count) {
    // The last ones have just begun.
    const at = until - (histories.length < count * 0.985 ? random.between(0, 24 * HOUR) : random.between(0, HOUR / 6))
    const ofDay = ((at / HOUR) % 24) / 24
    if (random.next() < 0.25 + 0.75 * Math.max(0, Math.sin(Math.PI * (ofDay * 1.5 - 0.4))))
      histories.push(historyOf(random, at, until))
  }
  return histories
}

function historyOf(random: Random, from: number, until: number): GoalHistory {
  const agent = random.pick(SHARES)
  // Now and then an agent dies on the way.
  const dies = random.next() < 0.01
  const rounds = Math.max(1, Math.round(random.skewed(agent === 'code-agent' ? 5 : 3, 0.5)))
  const end = chosen(random)
  const ample = random.next() < 0.65 ? Math.round(random.skewed(rounds * 6, 0.25)) : null
  const budget = end === 'budget_limited' ? rounds * 20_000 : ample && ample * 10_000
  const history: GoalHistory = {
    agent,
    thread: `019${random.hex(5)}-${random.hex(4)}-7${random.hex(3)}-9${random.hex(3)}-${random.hex(12)}`,
    goal: random.uuid(),
    objective: random.pick(OBJECTIVES[agent] ?? []),
    budget,
    events: [],
    turns: [],
  }
  let [at, tokens, seconds, status]: [number, number, number, GoalStatus] = [from, 0, 0, 'active']
  const emit = (kind: SeedEvent['kind'], more: Partial<SeedEvent> = {}) => {
    if (at < until) history.events.push({ kind, at, status, tokens, seconds, spanId: random.hex(16), ...more })
  }
  const become = (next: GoalStatus, turn?: Turn) => {
    const previous = status
    status = next
    emit('status_changed', {
      previous,
      ...(turn && { turn }),
      ...(next === 'blocked' && { reason: random.pick(BLOCKED_BY) }),
    })
  }
  emit('created')
  for (let round = 0; round < (dies ? 1 : rounds) && at < until && status === 'active'; round++) {
    at += random.between(500, 4000)
    const turn: Turn = {
      id: random.uuid(),
      traceId: random.hex(32),
      spanId: random.hex(16),
      from: at,
      to: at,
      tools: [],
    }
    history.turns.push(turn)
    for (let step = random.whole(2, 6); step > 0 && status === 'active'; step--) {
      const startedAt = at + random.between(300, 6000)
      const took = random.skewed(agent === 'code-agent' ? 16_000 : 7000, 0.9)
      turn.tools.push({ name: random.pick(TOOLS), spanId: random.hex(16), from: startedAt, to: startedAt + took })
      at = startedAt + took + random.between(50, 400)
      tokens += Math.round(random.skewed(7500, 0.7))
      seconds = Math.round((at - from) / 1000)
      turn.to = at
      if (budget !== null && tokens >= budget && end === 'budget_limited') status = 'budget_limited'
      emit('usage_accounted', { turn })
      if (status === 'budget_limited') emit('status_changed', { previous: 'active', turn })
    }
    if (status === 'active' && round === 1 && random.next() < 0.12) {
      become('paused')
      at += random.between(60_000, 0.5 * HOUR)
      become('active')
    }
  }
  if (dies) return history
  const last = history.turns.at(-1)
  if (status === 'active' && end !== 'cleared' && at < until) become(end === 'budget_limited' ? 'complete' : end, last)
  if (end === 'cleared') emit('cleared')
  return history
}

function chosen(random: Random): GoalStatus | 'cleared' {
  let left = random.between(0, 100)
  for (const [end, share] of ENDS) {
    left -= share
    if (left < 0) return end
  }
  return 'complete'
}
