import { describe, expect, it, onTestFinished } from 'vitest'
import { GOAL_SORTS } from '../../src/backend/api/api.ts'
import { NOON, send } from './goal-histories.ts'
import { connectionTo, type RunningBackend, runningBackend } from './running-backend.ts'

/** What SQLite prepares while something is done. */
async function preparedBy(backend: RunningBackend, act: () => Promise<unknown>): Promise<string[]> {
  const witness = connectionTo(backend.file)
  const connections = Object.getPrototypeOf(witness)
  witness.close()
  const { prepare } = connections
  const texts: string[] = []
  connections.prepare = function (sql: string) {
    texts.push(sql)
    return prepare.call(this, sql)
  }
  const restore = () => {
    connections.prepare = prepare
  }
  onTestFinished(restore)
  await act()
  restore()
  return texts
}

function plansOf(backend: RunningBackend, sqls: readonly string[]): string[] {
  const database = connectionTo(backend.file)
  try {
    return sqls.flatMap((sql) => {
      const values = Array.from(sql.matchAll(/\?/g), () => null)
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(values) as { detail: string }[]
      return steps.map(({ detail }) => detail)
    })
  } finally {
    database.close()
  }
}

const time = `since=${new Date(NOON).toISOString()}&until=${new Date(NOON + 86_400_000).toISOString()}`

describe('a table of millions of rows', () => {
  it.each([
    ['/api/goals/thread-1/goal-1'],
    ['/api/goals'],
    ['/api/goals?cursor=1790000000000000000.1'],
    [`/api/goals?${time}`],
    ['/api/goals?thread=thread-1&goal=goal-1'],
    ['/api/events'],
    ['/api/events?newest=1'],
    [`/api/events?kind=created&status=active&service=agent&${time}`],
    ['/api/events?thread=thread-1'],
    ['/api/events?thread=thread-1&goal=goal-1&newest=1'],
    ['/api/events?goal=goal-1'],
    [`/api/summary?${time}`],
    [`/api/summary?${time}&service=agent`],
    ['/api/summary?since=1970-01-01'],
    ['/api/now'],
    ['/api/now?service=agent'],
    ['/api/rejected'],
    ['/metrics'],
  ])('is not read whole for %s', async (path) => {
    const backend = await runningBackend()
    await send(backend, { at: 1, kind: 'created', trace: '1'.repeat(32) })
    const prepared = await preparedBy(backend, async () => expect((await fetch(backend.url + path)).status).toBe(200))
    expect(prepared.length).toBeGreaterThan(0)
    const plans = plansOf(backend, prepared)
    // Goals are read in the order of an index up to the limit, or counted in one; events are always looked up.
    const scans = plans.filter((step) => /^SCAN (event|span|rejected)\b|^SCAN goal$/.test(step))
    expect(scans.filter((step) => !(path.includes('goal=goal-1') && step === 'SCAN goal'))).toEqual([])
  })

  it.each(GOAL_SORTS.flatMap((sort) => [`sort=${sort}`, `sort=${sort}&order=asc`]))(
    'is read in the order of an index for %s, up to the limit',
    async (order) => {
      const prices = { currency: 'USD', asOf: '2026-11-01', perMillionTokens: { 'gpt-5*': 3.5, small: 1 } }
      const backend = await runningBackend({ prices })
      await send(backend, { at: 1, goal: 'a' }, { at: 2, goal: 'b' }, { at: 3, goal: 'c' })
      const prepared = await preparedBy(backend, () => fetch(`${backend.url}/api/goals?limit=1&${order}`))
      const list = prepared.filter((sql) => sql.includes('ORDER BY'))
      const [plan, ...more] = plansOf(backend, list)
      expect(plan).toMatch(order.includes('thread') ? /^SCAN goal$/ : /^SCAN goal USING INDEX goal_by_/)
      // Of the same state and instant there are few.
      expect(more).toEqual(order.includes('state') ? ['USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY'] : [])
    },
  )

  it('is read in the order of an index where much of it matches, and sorted where little does', async () => {
    const backend = await runningBackend()
    const goals = Array.from({ length: 20 }, (_, at) => ({ at, goal: `goal ${at}` }))
    await send(backend, ...goals)
    const planOf = async (from: number) => {
      const since = new Date(NOON + from).toISOString()
      const prepared = await preparedBy(backend, () =>
        fetch(`${backend.url}/api/goals?limit=5&sort=tokens&since=${since}`),
      )
      return plansOf(
        backend,
        prepared.filter((sql) => sql.includes('ORDER BY')),
      ).join()
    }
    expect(await planOf(2)).toBe('SCAN goal USING INDEX goal_by_tokens')
    expect(await planOf(17)).toMatch(/SEARCH goal USING INDEX goal_by_last .*USE TEMP B-TREE FOR ORDER BY/)
  })

  it('is not looked into for each goal that a summary counts', async () => {
    const backend = await runningBackend()
    const prepared = await preparedBy(backend, () => fetch(`${backend.url}/api/summary?${time}`))
    const steps = plansOf(backend, prepared).filter((step) => step.includes('goal_by_'))
    expect(steps.length).toBeGreaterThan(2)
    expect(steps.filter((step) => !step.includes('COVERING INDEX'))).toEqual([])
  })

  it('is followed by a stream without being read', async () => {
    const backend = await runningBackend()
    await send(backend, { at: 1 })
    const prepared = await preparedBy(backend, async () => {
      const stream = await fetch(`${backend.url}/api/events/stream?after=0`)
      const reader = (stream.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
      let text = ''
      while (!text.includes('event: goal')) text += (await reader.read()).value
      await reader.cancel()
    })
    expect(plansOf(backend, prepared)).toContain('SEARCH event USING INTEGER PRIMARY KEY (rowid>?)')
  })
})
