import { describe, expect, it } from 'vitest'
import { NOON, send } from './goal-histories.ts'
import { connectionTo, type RunningBackend, runningBackend } from './running-backend.ts'

async function times(backend: RunningBackend, query: string): Promise<[number[], unknown]> {
  const { events = [], next } = await backend.get(`/api/events?${query}`)
  return [events.map((event) => Date.parse(event.occurred_at as string) - NOON), next]
}

describe('a reader with a cursor', () => {
  it('gets each event once, in the order of arrival, also those that come later', async () => {
    const backend = await runningBackend()
    await send(backend, { at: 2 }, { at: 3 }, { at: 4 })
    const seen: number[] = []
    let cursor: unknown = '0'
    for (let page = 0; page < 3; page++) {
      const [some, next] = await times(backend, `after=${cursor}&limit=2`)
      seen.push(...some)
      cursor = next
    }
    expect([seen, cursor]).toEqual([[2, 3, 4], '3'])
    await send(backend, { at: 1 })
    expect(await times(backend, `after=${cursor}&limit=2`)).toEqual([[1], '4'])
    expect(await times(backend, 'after=4')).toEqual([[], '4'])
    expect(await times(backend, 'after=1000')).toEqual([[], '1000'])
  })

  const filters: [string, number[]][] = [
    ['thread=thread-1', [1, 2, 5]],
    ['goal=goal-2', [3, 4]],
    ['thread=fork&goal=goal-2', [4]],
    ['thread=thread-1&goal=goal-2', []],
    ['kind=created', [1, 3]],
    ['kind=created&kind=cleared', [1, 3, 5]],
    ['status=paused', [2]],
    ['status=paused&status=complete&thread=fork', [4]],
    ['service=other', [4]],
    [`since=${new Date(NOON + 3).toISOString()}`, [3, 5, 4]],
    [`since=${new Date(NOON + 2).toISOString()}&until=${new Date(NOON + 4).toISOString()}`, [2, 3]],
    ['newest=1&limit=2', [5, 4]],
    ['newest=1&limit=2&thread=thread-1', [2, 5]],
    ['newest=1&limit=1&kind=created', [3]],
    ['newest=0&limit=2', [1, 2]],
    ['newest=1&after=3', [5, 4]],
  ]

  it('may ask for some of them', async () => {
    const backend = await runningBackend()
    await send(
      backend,
      { at: 1, kind: 'created' },
      { at: 2, status: 'paused' },
      { at: 3, kind: 'created', thread: 'thread-2', goal: 'goal-2' },
      // Its own batch, so that it comes last.
      { at: 4, thread: 'fork', goal: 'goal-2', status: 'complete', service: 'other' },
      { at: 5, kind: 'cleared' },
    )
    for (const [filter, expected] of filters)
      expect([filter, (await times(backend, filter))[0]]).toEqual([filter, expected])
    // A reader that goes on from the newest has missed none.
    expect((await times(backend, 'newest=1&limit=1&kind=created'))[1]).toBe('5')
  })

  it.each([
    ['after=x', 'is not a whole number'],
    ['after=-1', 'is not a whole number'],
    ['limit=1001', 'is not a whole number'],
    ['limit=1e3', 'is not a whole number'],
    ['kind=deleted', 'is not one of created'],
    ['status=cleared', 'is not one of active'],
    ['newest=yes', 'is neither 0 nor 1'],
    ['since=2026', 'is not a time'],
  ])('is answered what %s should be', async (query, sentence) => {
    const backend = await runningBackend()
    const answer = await fetch(`${backend.url}/api/events?${query}`)
    const { message } = (await answer.json()) as { message: string }
    expect([answer.status, message]).toEqual([400, expect.stringContaining(sentence)])
  })
})

describe('many events', () => {
  async function manyEvents(count: number): Promise<RunningBackend> {
    const backend = await runningBackend()
    await send(backend, { at: 0, kind: 'created' })
    const other = connectionTo(backend.file)
    const columns = other.prepare('SELECT name FROM pragma_table_info(?)').pluck().all('event') as string[]
    const same = columns.filter((name) => name !== 'seq' && name !== 'uid').join(', ')
    other.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
      INSERT INTO event (uid, ${same}) SELECT printf('z%09d', i), ${same} FROM event, n WHERE seq = 1;
      UPDATE event SET event_kind = 'cleared', payload = '{}' WHERE seq = ${count}`)
    other.close()
    return backend
  }

  it('are looked at in parts, of which some hold nothing that was asked for', async () => {
    const backend = await manyEvents(250_000)
    const pages: [number, unknown][] = []
    let next: unknown = '0'
    while (next !== '250000') {
      const page = await backend.get(`/api/events?kind=cleared&after=${next}`)
      next = page.next
      pages.push([page.events?.length ?? 0, next])
    }
    expect(pages).toEqual([
      [0, '100000'],
      [0, '200000'],
      [1, '250000'],
    ])
    // The newest are looked for among the newest; what is of a goal is found wherever it is.
    expect((await backend.get('/api/events?newest=1&kind=created&until=1970-01-01')).events).toEqual([])
    expect((await backend.get('/api/events?thread=thread-1&kind=cleared')).events).toHaveLength(1)
  })

  it('of which the oldest were removed begin with the oldest left', async () => {
    const backend = await manyEvents(250_000)
    const other = connectionTo(backend.file)
    other.exec('DELETE FROM event WHERE seq <= 220000')
    other.close()
    const { events } = await backend.get('/api/events?limit=1')
    expect(events).toMatchObject([{ cursor: '220001' }])
  })
})

describe('long events', () => {
  it('fill a page before it has as many as asked for, and none is missed', async () => {
    const backend = await runningBackend()
    const objective = 'x'.repeat(250_000)
    const all = [...Array(90).keys()]
    for (let at = 0; at < all.length; at += 10) {
      await send(backend, ...all.slice(at, at + 10).map((at) => ({ at, objective })))
    }
    const [first, next] = await times(backend, 'after=0')
    expect(first.length).toBeLessThan(90)
    expect([...first, ...(await times(backend, `after=${next}`))[0]]).toEqual(all)
    const [newest] = await times(backend, 'newest=1')
    expect(newest).toEqual(all.slice(-newest.length))
    expect(newest.length).toBeLessThan(90)
  })
})

describe('HEAD', () => {
  it('answers as GET, without the body', async () => {
    const backend = await runningBackend()
    await send(backend, { at: 1 })
    for (const path of ['/', '/healthz', '/metrics', '/api/events', '/api/goals', '/api/goals/thread-1/goal-1']) {
      const [got, head] = [await fetch(backend.url + path), await fetch(backend.url + path, { method: 'HEAD' })]
      const headOf = ({ status, headers }: Response) => [status, headers.get('content-type')]
      expect(headOf(head)).toEqual(headOf(got))
      expect(await head.text()).toBe('')
      await got.body?.cancel()
    }
    const stream = await fetch(`${backend.url}/api/events/stream`, { method: 'HEAD' })
    expect([stream.status, await stream.text()]).toEqual([200, ''])
  })
})
