import { expect, it, vi } from 'vitest'
import { goalRecord, logs } from './goal-records.ts'
import { runningBackend } from './running-backend.ts'

// Codex has each of goaltrace's kinds so far, so the kind that it lacks is made up.
vi.mock('../../src/codex/codex-event-kind.ts', async (original) => {
  const module = await original<typeof import('../../src/codex/codex-event-kind.ts')>()
  const codexEventKind = (name: string) => (name === 'agent_goal.extended' ? null : module.codexEventKind(name))
  return { ...module, codexEventKind }
})

it('an event of a kind that Codex does not have is passed over; one with an unknown name is rejected', async () => {
  const backend = await runningBackend()
  const named = (kind: string) => goalRecord({}, { eventName: `agent_goal.${kind}` })
  const answer = await backend.post('/v1/logs', logs(named('extended'), named('created')))
  expect(await answer.text()).toBe('{}')
  expect(backend.rows('SELECT count(*) AS n FROM event')).toEqual([{ n: 1n }])
  expect((await backend.get('/api/rejected')).rejected).toEqual([])
  const refused = await backend.post('/v1/logs', logs(named('extendet')))
  expect(await refused.json()).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } })
})
