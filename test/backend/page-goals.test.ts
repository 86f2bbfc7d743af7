import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pageWithGoals } from '../../src/backend/page-goals.ts'
import type { RequestContext } from '../../src/backend/request-context.ts'
import { EventStore } from '../../src/backend/store/event-store.ts'
import { send } from './goal-histories.ts'
import { goalRecord, logs } from './goal-records.ts'
import { type RunningBackend, runningBackend, scratchFolder } from './running-backend.ts'

const TOKEN = 'a token of some length'

async function page(backend: RunningBackend, query = ''): Promise<string> {
  return (await fetch(`${backend.url}/${query}`, { headers: { accept: 'text/html' } })).text()
}

/** The goals that come with a page; undefined where it is to ask for them itself. */
function given(html: string) {
  const [, json] = /<script type="application\/json" id="goals">(.*)<\/script>/.exec(html) ?? []
  return json === undefined ? undefined : JSON.parse(json)
}

describe('a page of goals', () => {
  it('has its first rows in it, and needs no second request for them', async () => {
    const backend = await runningBackend()
    await send(backend, { at: 1, kind: 'created' })
    const { query, page: first } = given(await page(backend, '?since=all'))
    expect([query, first.total]).toEqual(['', 1])
    expect(first).toEqual(await backend.get('/api/goals'))
  })

  it('has those of its filter alone, and none where it shows something else', async () => {
    const backend = await runningBackend()
    await send(backend, { at: 1, kind: 'created' })
    expect(given(await page(backend, '?since=all&search=no such goal')).page).toMatchObject({ goals: [], total: 0 })
    expect(given(await page(backend, '?rejected'))).toBeUndefined()
  })

  it('begins before they are read, so that a browser loads its script meanwhile', async () => {
    const store = new EventStore(join(scratchFolder(), 'backend.db'))
    onTestFinished(() => store.close())
    const steps: string[] = []
    const database = new Proxy(store.database, {
      get(target, name) {
        if (name === 'prepare') steps.push('read')
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const response = new PassThrough()
    const sent = text(response)
    response.on('data', () => steps.push('sent'))
    const query = new URLSearchParams('since=all')
    const file = { type: 'text/html', etag: '', body: Buffer.from('<head><!-- goals --></body>') }
    const context = { query, database, staleness: { afterMs: 1 } } as unknown as RequestContext
    const { body } = pageWithGoals(context, file) as unknown as { body: (response: PassThrough) => void }
    body(response)
    expect(await sent).toMatch(/^<head><script .*<.script><.body>$/)
    expect(steps.slice(0, 2)).toEqual(['sent', 'read'])
  })

  it('cannot be broken out of by what a goal says of itself', async () => {
    const backend = await runningBackend()
    const objective = '</script><script>alert(1)</script><!-- $& -->'
    const record = goalRecord({ 'agent_goal.objective': objective })
    expect((await backend.post('/v1/logs', logs(record))).status).toBe(200)
    const html = await page(backend, '?since=all')
    expect(html).not.toContain('<script>alert')
    expect(JSON.stringify(given(html))).toContain(JSON.stringify(objective).slice(1, -1))
  })

  it('shows nothing to a reader who has not signed in', async () => {
    const backend = await runningBackend({ token: TOKEN })
    const headers = { authorization: `Bearer ${TOKEN}` }
    expect((await backend.post('/v1/logs', logs(goalRecord()), headers)).status).toBe(200)
    expect(given(await page(backend, '?since=all'))).toBeUndefined()
  })
})
