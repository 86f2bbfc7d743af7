import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventStore } from '../../src/backend/store/event-store.ts'
import type { ReceivedEvent } from '../../src/backend/store/received-records.ts'
import { GOAL_EVENT_KINDS } from '../../src/event/goal-event.ts'
import { asBeforeVersion8 } from './earlier-indexes.ts'
import { connectionTo, scratchFolder } from './running-backend.ts'
import { storedEvent } from './stored-rows.ts'

const AT = 1_790_000_000_000_000_000n

const GOALS = ['goal-1', 'goal-2', 'goal-3']

/** Few times and statuses, so that events meet in one nanosecond and goals stop more than once. */
const anyEvent = fc.record({
  at: fc.integer({ min: 0, max: 6 }),
  goal: fc.constantFrom(...GOALS),
  kind: fc.constantFrom(...GOAL_EVENT_KINDS),
  status: fc.constantFrom('active', 'active', 'paused', 'complete'),
  hasTokenBudget: fc.boolean(),
  tokenBudget: fc.option(fc.constantFrom(5000, 9000)),
  tokensUsed: fc.option(fc.oneof(fc.nat(1000), fc.constant(2n ** 63n - 1n))),
  timeUsedSeconds: fc.option(fc.oneof(fc.nat(100), fc.constantFrom(0.625, 0.1 + 0.2, 1e300))),
  serviceName: fc.option(fc.constantFrom('agent', 'other')),
  objective: fc.option(fc.constantFrom('Make the tests green', 'Ship it')),
  model: fc.option(fc.constantFrom('small', 'large')),
  reason: fc.option(fc.constantFrom('no key', 'no time')),
  previousGoalId: fc.option(fc.constantFrom('goal-1', 'goal-2', 'goal-3')),
})

/** As Codex posts them: without any attributes. */
const bare = fc.boolean()

const anyEvents = fc.tuple(fc.array(anyEvent, { minLength: 1, maxLength: 9 }), bare).map(([events, bare]) =>
  events.map(
    ({ at, goal, ...event }, number): ReceivedEvent => ({
      ...event,
      ...(bare && {
        tokenBudget: null,
        objective: null,
        model: null,
        reason: null,
        previousGoalId: null,
        timeUsedSeconds: whole(event.timeUsedSeconds),
      }),
      uid: `uid-${String((number * 7) % 10)}`,
      occurredAtNs: AT + BigInt(at),
      threadId: 'thread-1',
      sessionId: `session-${number}`,
      goalId: goal,
      turnId: null,
      traceId: null,
      spanId: null,
      payload: '{}',
      attributes: bare
        ? null
        : JSON.stringify({
            'agent_goal.objective': event.objective ?? undefined,
            'gen_ai.request.model': event.model ?? undefined,
            'agent_goal.status_reason': event.reason ?? undefined,
            'agent_goal.usage.duration': event.timeUsedSeconds ?? undefined,
          }),
      resource: null,
    }),
  ),
)

function whole(seconds: number | null): number | null {
  return Number.isSafeInteger(seconds) ? seconds : null
}

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

/** Where each goal stands, worked out plainly from all of its events: the rules of goal-state.ts in other words. */
function expectedGoals(events: readonly ReceivedEvent[]): unknown[] {
  const order = [...events].sort((a, b) => Number(a.occurredAtNs - b.occurredAtNs) || (a.uid < b.uid ? -1 : 1))
  return GOALS.flatMap((goal) => {
    const history = order.filter((event) => event.goalId === goal)
    const [first, last] = [history[0], history.at(-1)]
    if (!first || !last) return []
    const lastKnown = <T>(knows: (event: ReceivedEvent) => boolean, value: (event: ReceivedEvent) => T): T | null => {
      const found = history.findLast(knows)
      return found ? value(found) : null
    }
    const big = (value: number | bigint | null) => (Number.isSafeInteger(value) ? BigInt(value as number) : value)
    const began = history.findLast(({ kind }) => kind === 'created')
    const begin = order.findIndex(({ uid }) => uid === (began ?? first).uid)
    const successor = order.find(
      ({ kind, goalId, previousGoalId, attributes }, at) =>
        kind === 'created' &&
        goalId !== goal &&
        (at > begin || (began === undefined && order[at]?.occurredAtNs === first.occurredAtNs)) &&
        last.kind !== 'cleared' &&
        (previousGoalId === goal || (attributes === null && last.attributes === null)),
    )
    const active = last.status === 'active' && last.kind !== 'cleared'
    const lastActive = history.findLastIndex(({ kind, status }) => status === 'active' && kind !== 'cleared')
    return [
      {
        thread_id: 'thread-1',
        goal_id: goal,
        session_id: last.sessionId,
        service_name: lastKnown(
          ({ serviceName }) => serviceName !== null,
          ({ serviceName }) => serviceName,
        ),
        status: last.status,
        cleared: last.kind === 'cleared' ? 1n : 0n,
        has_token_budget: last.hasTokenBudget ? 1n : 0n,
        token_budget: lastKnown(
          ({ hasTokenBudget, tokenBudget }) => !hasTokenBudget || tokenBudget !== null,
          ({ hasTokenBudget, tokenBudget }) => (hasTokenBudget ? big(tokenBudget) : null),
        ),
        tokens_used: lastKnown(
          ({ tokensUsed }) => tokensUsed !== null,
          ({ tokensUsed }) => big(tokensUsed),
        ),
        time_used_seconds: lastKnown(
          ({ timeUsedSeconds }) => timeUsedSeconds !== null,
          (one) => big(one.timeUsedSeconds),
        ),
        objective: lastKnown(
          ({ objective }) => objective !== null,
          ({ objective }) => objective,
        ),
        model: lastKnown(
          ({ model }) => model !== null,
          ({ model }) => model,
        ),
        reason: last.reason,
        events: BigInt(history.length),
        first_at_ns: first.occurredAtNs,
        last_at_ns: last.occurredAtNs,
        last_uid: last.uid,
        created_at_ns: history.find(({ kind }) => kind === 'created')?.occurredAtNs ?? null,
        began_at_ns: began?.occurredAtNs ?? null,
        began_uid: began?.uid ?? null,
        stopped_at_ns: (active ? successor : history[lastActive + 1])?.occurredAtNs ?? null,
        alone: last.attributes === null ? 1n : 0n,
        replaced_by: successor?.goalId ?? null,
        replaced_at_ns: successor?.occurredAtNs ?? null,
        replaced_uid: successor?.uid ?? null,
        cut: 0n,
      },
    ]
  })
}

describe('where a goal stands', () => {
  it('follows from its events, in whatever order and batches they arrive', () => {
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

/** Of the second version; the third has `cut` besides. */
const EARLIER_GOAL = `DROP TABLE goal;
  CREATE TABLE goal (
    thread_id TEXT NOT NULL, goal_id TEXT NOT NULL, session_id TEXT NOT NULL, service_name TEXT, status TEXT NOT NULL,
    cleared INTEGER NOT NULL, has_token_budget INTEGER NOT NULL, token_budget INTEGER, tokens_used INTEGER,
    time_used_seconds INTEGER, objective TEXT, events INTEGER NOT NULL, first_at_ns INTEGER NOT NULL,
    last_at_ns INTEGER NOT NULL, last_uid TEXT NOT NULL, created_at_ns INTEGER, stopped_at_ns INTEGER,
    PRIMARY KEY (thread_id, goal_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX goal_by_last ON goal (last_at_ns);
  CREATE INDEX goal_by_created ON goal (created_at_ns) WHERE created_at_ns IS NOT NULL;
  CREATE INDEX goal_by_service ON goal (service_name, cleared, status);`

describe('a file of an earlier version', () => {
  it('of the fourth: knows the models of the goals that come', () => {
    const file = join(scratchFolder(), 'backend.db')
    const store = new EventStore(file)
    store.write([{ events: [storedEvent({})], rejected: [], receivedAtMs: 0 }])
    store.close()
    const earlier = connectionTo(file)
    asBeforeVersion8(earlier)
    earlier.exec(
      'DROP INDEX goal_by_stopped; DROP INDEX goal_open; ALTER TABLE goal DROP COLUMN model; ALTER TABLE goal DROP COLUMN reason',
    )
    earlier.pragma('user_version = 4')
    earlier.close()
    const opened = new EventStore(file)
    opened.write([
      { events: [storedEvent({ uid: 'u2', goalId: 'goal-2', model: 'small' })], rejected: [], receivedAtMs: 0 },
    ])
    const goals = opened.database.prepare('SELECT goal_id, model FROM goal ORDER BY goal_id').raw().all()
    expect(goals).toEqual([
      ['goal-1', null],
      ['goal-2', 'small'],
    ])
    opened.close()
  })

  it('of the third: shows goals as replaced that Codex had replaced by then, and what retention has left', () => {
    const file = join(scratchFolder(), 'backend.db')
    const store = new EventStore(file)
    const created = (goal: number, more: Partial<ReceivedEvent> = {}) =>
      storedEvent({
        uid: `uid-${goal}`,
        goalId: `goal-${goal}`,
        kind: 'created',
        occurredAtNs: AT + BigInt(goal),
        ...more,
      })
    const events = [created(1), created(2), created(3), created(4, { attributes: '{}', threadId: 'thread-2' })]
    store.write([{ events, rejected: [], receivedAtMs: 0 }])
    store.close()
    const earlier = connectionTo(file)
    const columns = `thread_id, goal_id, session_id, service_name, status, cleared, has_token_budget, token_budget, tokens_used,
      time_used_seconds, objective, events, first_at_ns, last_at_ns, last_uid, created_at_ns`
    earlier.exec(`CREATE TEMP TABLE kept AS SELECT ${columns} FROM goal; DROP TABLE replacement; ${EARLIER_GOAL}
      ALTER TABLE goal ADD COLUMN cut INTEGER NOT NULL DEFAULT 0;
      INSERT INTO goal (${columns}) SELECT * FROM kept; UPDATE goal SET cut = 1 WHERE goal_id = 'goal-2'`)
    earlier.pragma('user_version = 3')
    earlier.close()
    const opened = new EventStore(file)
    const goals = opened.database.prepare('SELECT goal_id, replaced_by, cut, tokens_used FROM goal ORDER BY goal_id')
    expect(goals.raw().all()).toEqual([
      ['goal-1', 'goal-2', 0, 1200],
      ['goal-2', 'goal-3', 1, 1200],
      ['goal-3', null, 0, 1200],
      ['goal-4', null, 0, 1200],
    ])
    opened.close()
  })

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
    earlier.exec(`DROP TABLE replacement; DROP INDEX span_by_start; ${EARLIER_GOAL}
      CREATE INDEX goal_by_stopped ON goal (stopped_at_ns) WHERE stopped_at_ns IS NOT NULL`)
    earlier.pragma('user_version = 2')
    earlier.close()
    const opened = new EventStore(file)
    expect(schema(opened)).toEqual(expected)
    opened.close()
  })

  it('of the first: has where its goals stand after it was opened', () => {
    const file = join(scratchFolder(), 'backend.db')
    const [sample = []] = fc.sample(anyEvents, { numRuns: 1, seed: 7 })
    // What that version did not know.
    const events = sample.map((event) => ({
      ...event,
      previousGoalId: null,
      timeUsedSeconds: whole(event.timeUsedSeconds as number),
    }))
    const store = new EventStore(file)
    store.write([{ events, rejected: [], receivedAtMs: 0 }])
    store.close()
    const earlier = connectionTo(file)
    earlier.exec('DROP TABLE goal; DROP TABLE span; DROP TABLE replacement')
    earlier.pragma('user_version = 1')
    earlier.close()
    const opened = new EventStore(file)
    expect(opened.database.prepare('SELECT * FROM goal').safeIntegers().all()).toEqual(expectedGoals(events))
    expect(opened.database.prepare('SELECT count(*) FROM span').pluck().get()).toBe(0)
    expect(opened.database.pragma('user_version', { simple: true })).toBe(8)
    opened.close()
  })
})
