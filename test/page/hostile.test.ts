import { expect, it } from 'vitest'
import { keyValues, payload } from '../backend/goal-records.ts'
import { type RunningBackend, runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { record } from './goals.ts'

useBrowser()

const MARKUP =
  '<img src=x onerror=alert(1)><script>alert(2)</script><style>*{display:none}</style>"\'`><svg onload=alert(3)>'

const TEXTS: Readonly<Record<string, string>> = {
  markup: MARKUP,
  'a script as an address': 'javascript:alert(4)//',
  'control characters': '\u0000\u0001\u001b[31m\u0007\u2028\u2029\r\n\ttext\u0085\u009b',
  'right to left': '\u202Eright\u202D \u2067to\u2066 \u200Fleft\u061C مرحبا',
  'an unpaired surrogate': 'half \ud83d and \ude00 half',
  'the name of a prototype': '__proto__',
  'a path': '../../%2e%2e/%00?#&=+',
  'a megabyte': `${'wide '.repeat(100)}${'W'.repeat(1_000_000)}`,
  'many marks on one letter': `Z${'\u0351\u036f'.repeat(5000)}`,
}

/** A request a field, so that none is larger than a backend reads; the whole text where it takes records of any size. */
async function send(backend: RunningBackend, whole: string, key: string): Promise<void> {
  const text = whole.slice(0, 60_000)
  const resource = {
    'service.name': text,
    'service.version': '1',
    'os.type': 'os',
    'os.version': '1',
    'host.arch': '1',
  }
  const post = async (path: string, all: string, scopes: string, records: object) => {
    const sent = {
      resource: { attributes: keyValues({ ...resource, [text.slice(0, 100)]: text }) },
      [scopes]: [records],
    }
    const answer = await backend.post(path, { [all]: [sent] })
    expect(answer.status).toBe(200)
  }
  const events = [
    record({ goal: key, thread: key, objective: text, ago: 3000 }),
    record({ goal: key, thread: key, kind: 'usage_accounted', turn: text, tokens: 50, seconds: 2, ago: 2000 }),
    record({ goal: key, thread: key, kind: 'status_changed', status: 'complete', tokens: 60, seconds: 3, ago: 1000 }),
    { eventName: 'agent_goal.created', attributes: keyValues({ [whole]: whole }) },
  ] as { attributes: object[] }[]
  events[2]?.attributes.push(...keyValues({ [text]: text, nested: { [text.slice(0, 1000)]: { deeper: text } } }))
  for (const logRecord of events) await post('/v1/logs', 'resourceLogs', 'scopeLogs', { logRecords: [logRecord] })
  const codex = payload({
    goal_id: key,
    thread_id: key,
    turn_id: whole,
    subagent_source: whole,
    parent_thread_id: whole,
    event_kind: 'status_changed',
    goal_status: 'complete',
  })
  expect((await backend.post('/codex/analytics-events/events', { events: [codex] })).status).toBe(200)
  const span = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    name: text,
    kind: 1,
    startTimeUnixNano: '1',
    endTimeUnixNano: '2000000',
    attributes: keyValues({ [text.slice(0, 1000)]: text }),
    status: { code: 2, message: text },
  }
  await post('/v1/traces', 'resourceSpans', 'scopeSpans', { spans: [span] })
}

describeInBrowser('hostile text', () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    it(`in every field is text: ${name}`, async () => {
      const backend = await runningBackend()
      // Keys of a goal are well-formed, and here short enough for an address.
      const key = text.toWellFormed().slice(0, 500)
      await send(backend, text, key)

      const { page } = await visit(backend.url)
      await goalRows(page).first().waitFor()
      await page.getByRole('region', { name: 'Summary' }).locator('.agents .row').waitFor()
      await goalRows(page).first().getByRole('link').first().click()
      const events = page.getByRole('table').nth(1).locator('tbody tr')
      await events.first().waitFor()
      for (const button of await events.getByRole('button').all()) await button.click()
      const more = page.getByRole('button', { name: 'more characters' })
      while ((await more.count()) > 0) await more.first().click()
      await page.locator('.spans button').first().click()

      await page.goto(`${backend.url}/?rejected`)
      await page.locator('.records summary').first().click()
      await page.locator('.json').first().waitFor()

      // As part of the address, no matter who made it.
      const query = new URLSearchParams({ search: key.slice(0, 200), service: key, state: key, since: key })
      await page.goto(`${backend.url}/?${query}`)
      await page.getByRole('searchbox').waitFor()
      expect(
        await page.evaluate('document.querySelectorAll("main script, main style, main img, main iframe").length'),
      ).toBe(0)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1280)
    })
  }
})
