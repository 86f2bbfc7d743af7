import { get } from 'node:http'
import { describe, expect, it } from 'vitest'
import { send } from './goal-histories.ts'
import { goalRecord, logs } from './goal-records.ts'
import { type RunningBackend, runningBackend } from './running-backend.ts'

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
    const backend = await runningBackend()
    await send(backend, { at: 1, kind: 'created' })
    const pieces = await new Promise<string[]>((resolve, reject) => {
      get(`${backend.url}/?since=all`, { headers: { accept: 'text/html' } }, (answer) => {
        const parts: string[] = []
        answer.on('data', (part: Buffer) => parts.push(String(part))).on('end', () => resolve(parts))
      }).on('error', reject)
    })
    expect(pieces).toHaveLength(2)
    expect(pieces[0]).toMatch(/page\.js.*<div id="page">/s)
    expect(given(pieces[1] as string).page.total).toBe(1)
  })

  it('cannot be broken out of by what a goal says of itself', async () => {
    const backend = await runningBackend()
    const text = '</script><script>alert(1)</script><!-- $& -->'
    const record = goalRecord({ 'agent_goal.objective': text })
    expect((await backend.post('/v1/logs', logs(record))).status).toBe(200)
    const html = await page(backend, '?since=all')
    expect(html).not.toContain('<script>alert')
    expect(JSON.stringify(given(html))).toContain(JSON.stringify(text).slice(1, -1))
  })

  it('shows nothing to a reader who has not signed in', async () => {
    const backend = await runningBackend({ token: TOKEN })
    const headers = { authorization: `Bearer ${TOKEN}` }
    expect((await backend.post('/v1/logs', logs(goalRecord()), headers)).status).toBe(200)
    expect(given(await page(backend, '?since=all'))).toBeUndefined()
  })
})
