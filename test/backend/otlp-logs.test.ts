import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { anyValue, goalRecord, keyValues, logs, payload } from './goal-records.ts'
import { runningBackend } from './running-backend.ts'

const uid = (value: string) => ({ 'log.record.uid': value })

describe('a log record named agent_goal.*', () => {
  it('is kept translated, with what stands beside it', async () => {
    const backend = await runningBackend()
    const answer = await backend.post('/v1/logs', logs(goalRecord(uid('u1'))))
    expect([answer.status, await answer.text()]).toEqual([200, '{}'])
    const [row] = backend.rows('SELECT * FROM event')
    expect(row?.payload).toBe(
      JSON.stringify(payload({ turn_id: 'turn-1' }))
        .replace('0.169.0', '1.2.3')
        .replace('stdio', 'in_process'),
    )
    expect(row).toMatchObject({
      uid: 'u1',
      occurred_at_ns: 1790000000123456789n,
      thread_id: 'thread-1',
      session_id: 'session-1',
      goal_id: 'goal-1',
      turn_id: 'turn-1',
      event_kind: 'usage_accounted',
      goal_status: 'active',
      has_token_budget: 1n,
      token_budget: 5000n,
      tokens_used: 1200n,
      time_used_seconds: 34n,
      service_name: 'agent',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
    })
    expect(JSON.parse(row?.resource as string)['host.arch']).toBe('amd64')
    const { events } = await backend.get('/api/events')
    expect(events?.[0]).toMatchObject({
      uid: 'u1',
      occurred_at: '2026-09-21T14:13:20.123Z',
      service: 'agent',
      payload: { event_params: { goal_id: 'goal-1' } },
      attributes: { 'agent_goal.token_budget': 5000 },
    })
  })

  it('has totals beside a payload that has none', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', logs(goalRecord({}, { eventName: 'agent_goal.cleared' })))
    expect(backend.rows('SELECT tokens_used, payload FROM event')).toEqual([
      { tokens_used: 1200n, payload: expect.stringContaining('"cumulative_tokens_accounted":null') },
    ])
  })

  it('is taken compressed too', async () => {
    const backend = await runningBackend()
    const body = gzipSync(JSON.stringify(logs(goalRecord())))
    expect((await backend.post('/v1/logs', body, { 'content-encoding': 'gzip' })).status).toBe(200)
    expect(backend.counts.stored).toBe(1)
  })

  it('has its time from observedTimeUnixNano, else from its arrival', async () => {
    const backend = await runningBackend()
    const before = Date.now()
    await backend.post(
      '/v1/logs',
      logs(
        goalRecord({}, { timeUnixNano: '0', observedTimeUnixNano: '1790000000000000001' }),
        goalRecord({}, { timeUnixNano: undefined }),
      ),
    )
    const [observed, arrived] = backend.rows('SELECT occurred_at_ns AS at FROM event ORDER BY seq')
    expect(observed?.at).toBe(1790000000000000001n)
    expect(Number((arrived?.at as bigint) / 1_000_000n)).toBeGreaterThanOrEqual(before)
  })
})

describe('a log record whose body is a payload', () => {
  it('is kept in the order of keys of Codex, nulls as nulls, integers exact', async () => {
    const backend = await runningBackend()
    const sent = payload({ cumulative_tokens_accounted: 9007199254740993n })
    const record = { ...goalRecord(uid('u1')), body: anyValue(sent) }
    expect(await (await backend.post('/v1/logs', logs(record))).text()).toBe('{}')
    const exact = JSON.stringify(payload()).replace('1200', '9007199254740993')
    expect(backend.rows('SELECT payload FROM event')).toEqual([{ payload: exact }])
    expect(await (await fetch(`${backend.url}/api/events`)).text()).toContain(`"payload":${exact}`)
    // What the goal's row has is an attribute; the payload's total stands for it where there is none.
    expect(backend.rows('SELECT tokens_used FROM event')).toEqual([{ tokens_used: 1200n }])
  })

  it('has its totals from the payload where no attribute has them', async () => {
    const backend = await runningBackend()
    const body = anyValue(payload({ cumulative_tokens_accounted: 9007199254740993n }))
    await backend.post('/v1/logs', logs({ body }))
    expect(backend.rows('SELECT tokens_used, trace_id FROM event')).toEqual([
      { tokens_used: 9007199254740993n, trace_id: null },
    ])
    expect(await (await fetch(`${backend.url}/api/goals`)).text()).toContain('"tokens_used":9007199254740993')
  })
})

describe('a uid that came before', () => {
  it('is kept once, in one batch and in the next', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', logs(goalRecord(uid('u1')), goalRecord(uid('u1')), goalRecord(uid('u2'))))
    const again = await backend.post('/v1/logs', logs(goalRecord(uid('u2')), goalRecord(uid('u3'))))
    expect([again.status, await again.text()]).toEqual([200, '{}'])
    expect(backend.rows('SELECT uid FROM event ORDER BY seq').map((row) => row.uid)).toEqual(['u1', 'u2', 'u3'])
    expect(backend.counts).toEqual({ stored: 3, duplicates: 2, rejected: 0 })
  })
})

describe('a bad goal record in a good body', () => {
  const bad: [string, unknown, string][] = [
    ['an unknown event', goalRecord({}, { eventName: 'agent_goal.forgotten' }), 'event name'],
    ['no thread', goalRecord({ 'gen_ai.conversation.id': undefined }), 'gen_ai.conversation.id'],
    ['an unknown status', goalRecord({ 'agent_goal.status': 'asleep' }), 'agent_goal.status'],
    ['a uid that is not a string', goalRecord({ 'log.record.uid': 7 }), 'log.record.uid'],
    ['a uid that is too long for a request', goalRecord(uid('u'.repeat(513))), 'log.record.uid'],
    ['a goal whose id is too long', goalRecord({ 'agent_goal.id': 'g'.repeat(513) }), 'event_params.goal_id'],
    ['a uid with an unpaired surrogate', goalRecord(uid('u\ud800')), 'log.record.uid'],
    [
      'a thread with an unpaired surrogate',
      goalRecord({ 'gen_ai.conversation.id': 't\udc00' }),
      'event_params.thread_id',
    ],
    ['an integer beyond 64 bits', tokens({ intValue: '9223372036854775808' }), 'attributes.agent_goal.usage.tokens'],
    ['an integer in words', tokens({ intValue: 'many' }), 'attributes.agent_goal.usage.tokens'],
    ['an empty integer', tokens({ intValue: '' }), 'attributes.agent_goal.usage.tokens'],
    ['tokens that are not a number', tokens({ doubleValue: 'NaN' }), 'agent_goal.usage.tokens'],
    ['attributes that are not a list', goalRecord({}, { attributes: { a: 1 } }), 'attributes'],
    ['an attribute that is null', goalRecord({}, { attributes: [null] }), 'attributes[0]'],
    ['a time in words', goalRecord({}, { timeUnixNano: 'now' }), 'timeUnixNano'],
    ['a trace id of another length', goalRecord({}, { traceId: 'abc' }), 'traceId'],
    ['no object', null, 'the log record is not an object'],
    ['a payload of another status', body({ goal_status: 'asleep' }), 'event_params.goal_status'],
    ['a payload without a goal', body({ goal_id: undefined }), 'event_params.goal_id'],
    ['a payload with a flag in words', body({ has_token_budget: 'yes' }), 'event_params.has_token_budget'],
    ['a payload without runtime', body({ runtime: null }), 'event_params.runtime'],
  ]

  it.each(bad)('%s is kept aside with its reason and counted; the rest is stored', async (_name, record, reason) => {
    const backend = await runningBackend()
    const answer = await backend.post('/v1/logs', logs(goalRecord(uid('u1')), record, goalRecord(uid('u2'))))
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      partialSuccess: { rejectedLogRecords: '1', errorMessage: expect.stringContaining(reason) },
    })
    expect(backend.rows('SELECT uid FROM event ORDER BY seq').map((row) => row.uid)).toEqual(['u1', 'u2'])
    const { rejected } = await backend.get('/api/rejected')
    const said = reason.includes(' is ') ? reason : `${reason}: missing or invalid`
    expect(rejected).toMatchObject([{ reason: said, record: JSON.parse(JSON.stringify(record)) }])
  })

  it('nested deeper than it can be printed harms nothing else', async () => {
    const backend = await runningBackend()
    const depth = 200_000
    const deep = `${'{"arrayValue":{"values":['.repeat(depth)}${']}}'.repeat(depth)}`
    const text = JSON.stringify(logs(goalRecord(uid('u1')), goalRecord({ deep: 'DEEP' }))).replace(
      '{"stringValue":"DEEP"}',
      deep,
    )
    const answer = await backend.post('/v1/logs', text)
    expect(answer.status).toBe(200)
    expect(backend.counts).toEqual({ stored: 1, duplicates: 0, rejected: 1 })
    expect((await backend.get('/api/rejected')).rejected).toMatchObject([
      { reason: expect.stringContaining('too deeply') },
    ])
  })

  function tokens(value: object): object {
    return goalRecord({}, { attributes: [...keyValues({}), { key: 'agent_goal.usage.tokens', value }, ...required()] })
  }

  function required() {
    return (goalRecord() as { attributes: { key: string }[] }).attributes.filter(
      ({ key }) => key !== 'agent_goal.usage.tokens',
    )
  }

  function body(params: object): object {
    return { body: anyValue(payload(params)) }
  }
})

describe('log records that are not of a goal', () => {
  it('are accepted and not kept', async () => {
    const backend = await runningBackend()
    const others = [{ body: { stringValue: 'hello' } }, { eventName: 'http.request' }, {}, { body: anyValue({ a: 1 }) }]
    const answer = await backend.post('/v1/logs', logs(...others))
    expect(await answer.text()).toBe('{}')
    expect(backend.rows('SELECT count(*) AS n FROM event')).toEqual([{ n: 0n }])
    expect((await backend.get('/api/rejected')).rejected).toEqual([])
  })

  it('may be none at all', async () => {
    const backend = await runningBackend()
    for (const body of [{}, { resourceLogs: [] }, { resourceLogs: [{}] }, { resourceLogs: null }]) {
      expect((await backend.post('/v1/logs', body)).status).toBe(200)
    }
  })
})

describe('hostile text', () => {
  it('stays the text it is', async () => {
    const backend = await runningBackend()
    const texts = [
      "'); DROP TABLE event; --",
      '\u0000\u0007\u001b[31m',
      '</script><script>alert(1)</script>',
      '‮',
      'ü'.repeat(500),
    ]
    for (const [at, text] of texts.entries()) {
      const record = goalRecord({ ...uid(`u${at}`), 'gen_ai.conversation.id': text, 'agent_goal.turn.id': text })
      expect(await (await backend.post('/v1/logs', logs(record))).text()).toBe('{}')
      const { events } = await backend.get(`/api/events?after=${at}`)
      expect(events).toMatchObject([{ payload: { event_params: { thread_id: text, turn_id: text } } }])
    }
    const { goals } = await backend.get('/api/goals')
    expect(goals?.map((goal) => goal.thread_id).sort()).toEqual([...texts].sort())
    const injected = encodeURIComponent("' OR 1=1 --")
    expect((await backend.get(`/api/events?thread=${injected}`)).events).toEqual([])
  })

  it('keeps unpaired surrogates outside of keys', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', logs(goalRecord({ 'agent_goal.turn.id': 'turn \ud800' })))
    const { events } = await backend.get('/api/events')
    expect(events).toMatchObject([{ payload: { event_params: { turn_id: 'turn \ud800' } } }])
  })

  it('may be a key named __proto__', async () => {
    const backend = await runningBackend()
    const text = JSON.stringify(logs(goalRecord({ poison: { polluted: true } }))).replaceAll('"poison"', '"__proto__"')
    expect(await (await backend.post('/v1/logs', text)).text()).toBe('{}')
    const { attributes } = backend.rows('SELECT attributes FROM event')[0] as { attributes: string }
    expect(attributes).toContain('"__proto__":{"polluted":true}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
