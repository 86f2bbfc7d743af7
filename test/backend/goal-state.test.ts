import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventStore } from '../../src/backend/event-store.ts'
import type { ReceivedEvent } from '../../src/backend/intake.ts'
import { GOAL_EVENT_KINDS } from '../../src/event/goal-event.ts'
import { connectionTo, scratchFolder } from './running-backend.ts'

const AT = 1_790_000_000_000_000_000n

/** Few times and statuses, so that events meet in one nanosecond and goals stop more than once. */
const anyEvent = fc.record({
  at: fc.integer({ min: 0, max: 6 }),
  goal: fc.constantFrom('goal-1', 'goal-2'),
  kind: fc.constantFrom(...GOAL_EVENT_KINDS),
  status: fc.constantFrom('active', 'active', 'paused', 'complete'),
  hasTokenBudget: fc.boolean(),
  tokenBudget: fc.option(fc.constantFrom(5000, 9000)),
  tokensUsed: fc.option(fc.oneof(fc.nat(1000), fc.constant(2n ** 63n - 1n))),
  timeUsedSeconds: fc.option(fc.nat(100)),
  serviceName: fc.option(fc.constantFrom('agent', 'other')),
  objective: fc.option(fc.constantFrom('Make the tests green', 'Ship it')),
})

const anyEvents = fc.array(anyEvent, { minLength: 1, maxLength: 9 }).map((events) =>
  events.map(
    ({ at, goal, ...event }, number): ReceivedEvent => ({
      ...event,
      uid: `uid-${String((number * 7) % 10)}`,
      occurredAtNs: AT + BigInt(at),
      threadId: 'thread-1',
      sessionId: `session-${number}`,
      goalId: goal,
      turnId: null,
      traceId: null,
      spanId: null,
      payload: '{}',
      attributes: JSON.stringify({ 'agent_goal.objective': event.objective ?? undefined }),
      resource: null,
    }),
  ),
)

/** Each event with a key that its place in the order of arrival comes from. */
const anyOrder = anyEvents.chain((events) =>
  fc.record({
    events: fc.constant(events),
    arrival: fc.shuffledSubarray(events, { minLength: events.length }),
    batch: fc.integer({ min: 1, max: 4 }),
  }),
)

function goalsOf(batches: readonly (readonly ReceivedEvent[])[]): unknown[] {
  const store = new EventStore(':memory:')
  try {
    // A batch that comes twice, as after an answer that was lost, changes nothing.
    for (const events of batches)
      for (let time = 0; time < 2; time++) store.write([{ events, rejected: [], receivedAtMs: 0 }])
    return store.database.prepare('SELECT * FROM goal').safeIntegers().all()
  } finally {
    store.close()
  }
}

/** Where each goal stands, told plainly from all of its events: the rules of goal-state.ts in other words. */
function expectedGoals(events: readonly ReceivedEvent[]): unknown[] {
  const order = [...events].sort((a, b) => Number(a.occurredAtNs - b.occurredAtNs) || (a.uid < b.uid ? -1 : 1))
  return ['goal-1', 'goal-2'].flatMap((goal) => {
    const life = order.filter((event) => event.goalId === goal)
    const [first, last] = [life[0], life.at(-1)]
    if (!first || !last) return []
    const lastTold = <T>(tells: (event: ReceivedEvent) => boolean, value: (event: ReceivedEvent) => T): T | null => {
      const told = life.findLast(tells)
      return told ? value(told) : null
    }
    const big = (value: number | bigint | null) => (value === null ? null : BigInt(value))
    const lastActive = life.findLastIndex(({ kind, status }) => status === 'active' && kind !== 'cleared')
    return [
      {
        thread_id: 'thread-1',
        goal_id: goal,
        session_id: last.sessionId,
        service_name: lastTold(
          ({ serviceName }) => serviceName !== null,
          ({ serviceName }) => serviceName,
        ),
        status: last.status,
        cleared: last.kind === 'cleared' ? 1n : 0n,
        has_token_budget: last.hasTokenBudget ? 1n : 0n,
        token_budget: lastTold(
          ({ hasTokenBudget, tokenBudget }) => !hasTokenBudget || tokenBudget !== null,
          ({ hasTokenBudget, tokenBudget }) => (hasTokenBudget ? big(tokenBudget) : null),
        ),
        tokens_used: lastTold(
          ({ tokensUsed }) => tokensUsed !== null,
          ({ tokensUsed }) => big(tokensUsed),
        ),
        time_used_seconds: lastTold(
          ({ timeUsedSeconds }) => timeUsedSeconds !== null,
          (one) => big(one.timeUsedSeconds),
        ),
        objective: lastTold(
          ({ objective }) => objective !== null,
          ({ objective }) => objective,
        ),
        events: BigInt(life.length),
        first_at_ns: first.occurredAtNs,
        last_at_ns: last.occurredAtNs,
        last_uid: last.uid,
        created_at_ns: life.find(({ kind }) => kind === 'created')?.occurredAtNs ?? null,
        stopped_at_ns: life[lastActive + 1]?.occurredAtNs ?? null,
        cut: 0n,
      },
    ]
  })
}

describe('where a goal stands', () => {
  it('is told by its events, in whatever order and batches they arrive', () => {
    fc.assert(
      fc.property(anyOrder, ({ events, arrival, batch }) => {
        const batches = []
        for (let at = 0; at < arrival.length; at += batch) batches.push(arrival.slice(at, at + batch))
        expect(goalsOf(batches)).toEqual(expectedGoals(events))
      }),
      { numRuns: 500 },
    )
  })
})

describe('a file of an earlier version', () => {
  it('of the second: is asked for stopped goals as one of this version is', () => {
    const file = join(scratchFolder(), 'backend.db')
    const fresh = new EventStore(file)
    const schema = ({ database }: EventStore) => [
      database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name").all(),
      database.prepare("SELECT name, type, dflt_value, pk FROM pragma_table_info('goal')").all(),
    ]
    const expected = schema(fresh)
    fresh.close()
    const earlier = connectionTo(file)
    earlier.exec('DROP INDEX goal_by_stopped; DROP INDEX span_by_start; ALTER TABLE goal DROP COLUMN cut')
    earlier.exec('CREATE INDEX goal_by_stopped ON goal (stopped_at_ns) WHERE stopped_at_ns IS NOT NULL')
    earlier.pragma('user_version = 2')
    earlier.close()
    const opened = new EventStore(file)
    expect(schema(opened)).toEqual(expected)
    opened.close()
  })

  it('of the first: tells where its goals stand after it was opened', () => {
    const file = join(scratchFolder(), 'backend.db')
    const events = fc.sample(anyEvents, { numRuns: 1, seed: 7 })[0] ?? []
    const store = new EventStore(file)
    store.write([{ events, rejected: [], receivedAtMs: 0 }])
    store.close()
    const earlier = connectionTo(file)
    earlier.exec('DROP TABLE goal; DROP TABLE span')
    earlier.pragma('user_version = 1')
    earlier.close()
    const opened = new EventStore(file)
    expect(opened.database.prepare('SELECT * FROM goal').safeIntegers().all()).toEqual(expectedGoals(events))
    expect(opened.database.prepare('SELECT count(*) FROM span').pluck().get()).toBe(0)
    expect(opened.database.pragma('user_version', { simple: true })).toBe(3)
    opened.close()
  })
})
