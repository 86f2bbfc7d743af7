import { describe, expect, it } from 'vitest'
import type { GoalDetail } from '../../src/backend/api/api.ts'
import { goalTraceIds } from '../../src/event/goal-trace-ids.ts'
import { NOON, send } from './goal-histories.ts'
import { connectionTo, type RunningBackend, runningBackend } from './running-backend.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'

async function detailOf(backend: RunningBackend, thread: string, goal: string): Promise<GoalDetail> {
  const path = `/api/goals/${encodeURIComponent(thread)}/${encodeURIComponent(goal)}`
  return (await backend.get(path)) as unknown as GoalDetail
}

describe("a goal's detail", () => {
  it('is its events in the order in which they occurred, whatever the order of their arrival', async () => {
    const backend = await runningBackend()
    await send(backend, { at: 30, status: 'complete' })
    await send(backend, { at: 10, kind: 'created' }, { at: 15, goal: 'other' })
    await send(backend, { at: 20, kind: 'usage_accounted', tokens: 70 })
    const detail = await detailOf(backend, 'thread-1', 'goal-1')
    expect(detail.events.map((event) => Date.parse(event.occurred_at) - NOON)).toEqual([10, 20, 30])
    const { events } = await backend.get('/api/events?thread=thread-1&goal=goal-1')
    expect([...detail.events].sort((a, b) => Number(a.cursor) - Number(b.cursor))).toEqual(events)
    expect((await backend.get('/api/goals?goal=goal-1')).goals).toEqual([detail.goal])
    expect([detail.complete, detail.spans]).toEqual([true, []])
  })

  it('has the spans of its traces and no others', async () => {
    const backend = await runningBackend()
    await send(backend, { at: 1, kind: 'created', trace: TRACE }, { at: 2, trace: TRACE })
    const other = connectionTo(backend.file)
    const insert =
      other.prepare(`INSERT INTO span (trace_id, span_id, parent_span_id, name, kind, started_at_ns, duration_ns,
      status_code, status_message, service_name, attributes) VALUES (?, ?, ?, ?, 1, ?, 1500000, 0, NULL, 'agent', ?)`)
    const ns = BigInt(NOON) * 1_000_000n
    insert.run(TRACE, 'b'.repeat(16), 'a'.repeat(16), 'create_goal', ns + 5n, '{"big":9007199254740993}')
    insert.run(TRACE, 'a'.repeat(16), null, 'turn', ns, '{}')
    insert.run('1'.repeat(32), 'c'.repeat(16), null, 'other', ns, '{}')
    other.close()
    const { spans } = await detailOf(backend, 'thread-1', 'goal-1')
    expect(spans).toEqual([
      {
        trace_id: TRACE,
        span_id: 'a'.repeat(16),
        parent_span_id: null,
        name: 'turn',
        kind: 1,
        started_at: new Date(NOON).toISOString(),
        duration_ms: 1.5,
        status_code: 0,
        status_message: null,
        service: 'agent',
        attributes: {},
      },
      expect.objectContaining({ name: 'create_goal', parent_span_id: 'a'.repeat(16) }),
    ])
    expect(await (await fetch(`${backend.url}/api/goals/thread-1/goal-1`)).text()).toContain('{"big":9007199254740993}')
  })

  it('has the goal’s own trace, which no event may name, and says which one it is', async () => {
    const backend = await runningBackend()
    await send(backend, { at: 1, kind: 'created', trace: TRACE }, { at: 2, trace: TRACE })
    const { events, trace_id: none } = await detailOf(backend, 'thread-1', 'goal-1')
    expect(none).toBeNull()
    const { traceId, spanId } = goalTraceIds('thread-1', 'goal-1', events[0]?.uid ?? '')
    const other = connectionTo(backend.file)
    other
      .prepare(
        `INSERT INTO span (trace_id, span_id, name, kind, started_at_ns, duration_ns, status_code, attributes)
        VALUES (?, ?, 'goal', 1, ?, 1, 0, '{}')`,
      )
      .run(traceId, spanId, BigInt(NOON) * 1_000_000n)
    other.close()
    const { spans, trace_id } = await detailOf(backend, 'thread-1', 'goal-1')
    expect([trace_id, spans.map(({ name }) => name)]).toEqual([traceId, ['goal']])
  })

  it.each(['a/b', '%2F', 'ü?#&=+', "' OR 1=1", '\u0000', ' '])('is found by ids such as %j', async (id) => {
    const backend = await runningBackend()
    await send(backend, { at: 1, thread: id, goal: `g${id}` })
    expect((await detailOf(backend, id, `g${id}`)).goal).toMatchObject({ thread_id: id, goal_id: `g${id}` })
  })

  it('is the newest 10,000 events where there are more', async () => {
    const backend = await runningBackend()
    for (let batch = 0; batch < 11; batch++) {
      const moments = Array.from({ length: 1000 }, (_, of) => ({ at: batch * 1000 + of, kind: 'usage_accounted' }))
      await send(backend, ...moments)
    }
    const detail = await detailOf(backend, 'thread-1', 'goal-1')
    expect([detail.events.length, detail.complete, detail.goal.events]).toEqual([10_000, false, 11_000])
    expect(Date.parse(detail.events[0]?.occurred_at ?? '') - NOON).toBe(1000)
  })

  it('that is not there is answered 404, and a broken address 400', async () => {
    const backend = await runningBackend()
    for (const [path, status] of [
      ['/api/goals/thread-1/goal-1', 404],
      ['/api/goals/thread-1', 404],
      ['/api/goals/thread-1/goal-1/x', 404],
      ['/api/goals/thread-1/%ff', 400],
      ['/api/goals/thread-1/goal-1?x=1', 400],
    ] as const) {
      expect([path, (await fetch(backend.url + path)).status]).toEqual([path, status])
    }
  })
})
