import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { keyValues } from './goal-records.ts'
import { runningBackend } from './running-backend.ts'

/** What qwen-code 0.24.4 sent of a session with two goals, without its records of other things. */
const RECORDED = readFileSync(new URL('../recordings/qwen-code/otlp-logs.json', import.meta.url), 'utf8')

it("a session of qwen-code, sent twice, has every event of its goals once: usage before status, and a goal's last figures", async () => {
  const backend = await runningBackend()
  for (const _ of [1, 2]) {
    const answer = await backend.post('/v1/logs', RECORDED)
    expect([answer.status, await answer.text()]).toEqual([200, '{}'])
  }
  const thread = 'ac860199-4fd1-4bdf-bd4b-8b906c831e0f'
  const [first, second] = ['a515c129-114d-46fa-aa41-5d21ebcf8c99', '5929f77a-1193-45bd-afb6-94dcd6847cf9']
  const rows = backend.rows(`SELECT thread_id, goal_id, event_kind, goal_status, tokens_used, has_token_budget
    FROM event ORDER BY occurred_at_ns, uid`)
  expect(rows.map((row) => Object.values(row))).toEqual([
    [thread, first, 'created', 'active', 0n, 1n],
    [thread, first, 'usage_accounted', 'complete', 390n, 1n],
    [thread, first, 'status_changed', 'complete', 390n, 1n],
    [thread, second, 'created', 'active', 0n, 1n],
    [thread, second, 'usage_accounted', 'paused', 390n, 1n],
    [thread, second, 'status_changed', 'paused', 390n, 1n],
    [thread, second, 'usage_accounted', 'paused', 390n, 1n],
    [thread, second, 'status_changed', 'active', 390n, 1n],
    [thread, second, 'usage_accounted', 'paused', 780n, 1n],
    [thread, second, 'status_changed', 'paused', 780n, 1n],
    [thread, second, 'cleared', 'paused', null, 0n],
  ])
  const { goals } = await backend.get('/api/goals')
  expect(goals).toMatchObject([
    { goal_id: second, service: 'qwen-code', cleared: true, tokens_used: 780, time_used_seconds: 0.829 },
    { goal_id: first, status: 'complete', tokens_used: 390, token_budget: 30_000_000, time_used_seconds: 0.749 },
  ])
})

it('a goal of qwen-code that was reached and then cleared was reached, with its budget', async () => {
  const backend = await runningBackend()
  const figures = { token_budget: 5000, tokens_used: 700 }
  const done = record({ cause: 'complete', status: 'complete', ...figures })
  const nothing = { status: undefined, tokens_used: undefined, active_time_ms: undefined }
  const later = { timeUnixNano: '1790000001000000000' }
  await backend.post('/v1/logs', logs(done, { ...record({ cause: 'clear', ...nothing }), ...later }))
  const { goals } = await backend.get('/api/goals')
  expect(goals).toMatchObject([{ status: 'complete', cleared: true, token_budget: 5000, tokens_used: 700 }])
})

it('a goal of qwen-code that has spent its budget is limited by it, and by nothing else otherwise', async () => {
  const backend = await runningBackend()
  const limited = (limit: string | undefined, at: string) =>
    record({ cause: 'usage_limited', status: 'usage_limited', limit_kind: limit, 'event.timestamp': at })
  await backend.post(
    '/v1/logs',
    logs(limited('turn_budget', '1'), limited('evidence_catalog', '2'), limited(undefined, '3')),
  )
  const rows = backend.rows("SELECT goal_status FROM event WHERE event_kind = 'status_changed' ORDER BY uid")
  expect(rows.map((row) => row.goal_status)).toEqual(['budget_limited', 'usage_limited', 'usage_limited'])
})

it('a record of qwen-code with a word that is not known is rejected, and kept where somebody sees it', async () => {
  const backend = await runningBackend()
  const answer = await backend.post('/v1/logs', logs(record({ cause: 'delegated' }), record({ goal_id: undefined })))
  expect(await answer.json()).toMatchObject({ partialSuccess: { rejectedLogRecords: '2' } })
  const { rejected } = await backend.get('/api/rejected')
  const reasons = ['agent_goal.id', 'event name'].map((name) => `${name}: missing or invalid`)
  expect(rejected?.map(({ reason }) => reason).sort()).toEqual(reasons)
})

it('other records of qwen-code are passed over, and nothing of them is kept', async () => {
  const backend = await runningBackend()
  await backend.post('/v1/logs', logs(record({ 'event.name': 'qwen-code.user_prompt', prompt: 'HERON' })))
  expect(backend.counts).toEqual({ stored: 0, duplicates: 0, rejected: 0 })
})

function record(attributes: Record<string, unknown>): object {
  const known = {
    'event.name': 'qwen-code.goal_state',
    'event.timestamp': '2026-11-29T08:45:01.552Z',
    'session.id': 'session-1',
    cause: 'create',
    goal_id: 'goal-1',
    status: 'active',
    tokens_used: 10,
    active_time_ms: 1500,
  }
  return { timeUnixNano: '1790000000123456789', attributes: keyValues({ ...known, ...attributes }) }
}

function logs(...logRecords: object[]): object {
  const resource = { attributes: keyValues({ 'service.name': 'qwen-code', 'service.version': '0.24.4' }) }
  return { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }
}
