import { expect, it } from 'vitest'
import { keyValues, RESOURCE } from '../backend/goal-records.ts'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { type GoalOf, sent } from './goals.ts'

useBrowser()

const TRACE = '0af7651916cd43dd8448eb211c80319c'

const HISTORY: GoalOf[] = [
  { kind: 'created', ago: 600_000 },
  { kind: 'usage_accounted', turn: 'turn-one', tokens: 1000, seconds: 30, ago: 550_000 },
  { kind: 'usage_accounted', turn: 'turn-one', tokens: 4000, seconds: 90, ago: 500_000 },
  { kind: 'status_changed', status: 'paused', turn: 'turn-one', tokens: 4000, seconds: 90, ago: 490_000 },
  { kind: 'status_changed', status: 'active', tokens: 4000, seconds: 90, ago: 400_000 },
  { kind: 'usage_accounted', turn: 'turn-two', tokens: 9500, seconds: 200, ago: 300_000 },
].map((event) => ({ goal: 'goal/1 ?&', thread: 'thread #1', objective: 'Port the parser', budget: 10_000, ...event }))

describeInBrowser('the detail of a goal', () => {
  it('has a bar of its statuses that is full, also where the last event came long after it stopped', async () => {
    const backend = await runningBackend()
    const hours = (goal: object, ago: number) => ({ goal: 'a', thread: 't', ...goal, ago: ago * 3_600_000 })
    const stopped = { kind: 'status_changed', status: 'complete' }
    await backend.post('/v1/logs', sent(hours({}, 9), hours(stopped, 8), hours({ ...stopped, tokens: 5 }, 1)))
    const { page } = await visit(`${backend.url}/?thread=t&goal=a`)
    const bar = page.getByRole('img', { name: 'Statuses in their order' })
    const { width: whole = 0 } = (await bar.boundingBox()) ?? {}
    const { width: active = 0 } = (await bar.locator('.active').boundingBox()) ?? {}
    const { width: cap = 0 } = (await bar.locator('.cap').boundingBox()) ?? {}
    expect(whole - active - cap).toBeLessThan(5)
    expect(await page.locator('.status-panel .keys').innerText()).toMatch(/^\s*Active\s+1h 00m\s+Complete\s*$/)
    expect(await page.getByText('No event names a turn.').count()).toBe(1)
  })

  it('opens from its row, at its own address, and Back leads to the row', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent(...HISTORY))
    await backend.post(
      '/v1/logs',
      sent(...Array.from({ length: 60 }, (_, at) => ({ goal: `other ${at}`, ago: 1000 * at }))),
    )
    const { page } = await visit(`${backend.url}/?state=active`)
    const row = goalRows(page).filter({ hasText: 'Port the parser' })
    await page.getByRole('heading', { name: 'Goals 61' }).waitFor()
    await page.mouse.wheel(0, 5000)
    await row.scrollIntoViewIfNeeded()
    const scrolled = await page.evaluate('scrollY')
    expect(scrolled).toBeGreaterThan(500)
    await row.getByRole('link').first().click()
    await page.getByRole('heading', { name: 'Port the parser' }).waitFor()
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ thread: 'thread #1', goal: 'goal/1 ?&' })
    expect(await page.title()).toContain('goal/1 ?&')
    await page.keyboard.press('Escape')
    await row.waitFor()
    expect(new URL(page.url()).search).toBe('?state=active')
    expect(await page.evaluate('scrollY')).toBe(scrolled)
    await page.goForward()
    await page.getByRole('heading', { name: 'Port the parser' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Port the parser' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Goals 61' }).waitFor()
  })

  it('shows its statuses, tokens against the budget, turns and events', async () => {
    const backend = await runningBackend({ jaeger: 'http://127.0.0.1:16686/jaeger/' })
    await backend.post('/v1/logs', sent(...HISTORY))
    const { page } = await visit(`${backend.url}/?${new URLSearchParams({ thread: 'thread #1', goal: 'goal/1 ?&' })}`)
    const statuses = page.getByRole('img', { name: 'Statuses in their order' })
    await statuses.waitFor()
    expect(await statuses.getAttribute('aria-label')).toMatch(/: Active 1m 50s, Paused 1m 30s, Active 6m 4\ds$/)
    await page.getByRole('img', { name: '9,500 in the end, of a budget of 10,000' }).waitFor()

    const turns = page.getByRole('table').first().locator('tbody tr')
    expect((await turns.allInnerTexts()).map((text) => text.split(/\s+/))).toEqual([
      ['turn-two', '5.5K', '1m', '50s'],
      ['turn-one', '4K', '1m', '30s'],
    ])

    const events = page.getByRole('table').nth(1).locator('tbody tr')
    expect((await events.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim())).toEqual([
      expect.stringMatching(/^5m 0\ds usage \+5\.5K \+1m 50s turn-two 0af76519/),
      expect.stringMatching(/^3m 20s Paused → Active 0af76519/),
      expect.stringMatching(/^1m 50s Active → Paused turn-one/),
      expect.stringMatching(/^1m 40s usage \+3K \+1m 00s turn-one/),
      expect.stringMatching(/^50s usage \+1K \+30s turn-one/),
      expect.stringMatching(/^0s created Active/),
    ])
    const trace = events.first().getByRole('link')
    expect(await trace.getAttribute('href')).toBe(`http://127.0.0.1:16686/jaeger/trace/${TRACE}`)
    expect(await trace.getAttribute('rel')).toContain('noopener')

    await events.first().getByRole('button', { name: 'usage' }).click()
    await page.getByText('"codex_goal_event"').waitFor()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy payload' }).click()
    await page.getByRole('button', { name: 'Copied payload' }).waitFor()
    const copied = JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()'))
    expect(copied.event_params).toMatchObject({ goal_id: 'goal/1 ?&', cumulative_tokens_accounted: 9500 })
  })

  it('goes on while one looks', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent(...HISTORY))
    const { page } = await visit(`${backend.url}/?${new URLSearchParams({ thread: 'thread #1', goal: 'goal/1 ?&' })}`)
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    const limited = {
      ...(HISTORY[0] as GoalOf),
      status: 'budget_limited',
      turn: 'turn-two',
      tokens: 10_200,
      seconds: 240,
      ago: 0,
    }
    await backend.post(
      '/v1/logs',
      sent({ ...limited, kind: 'usage_accounted' }, { ...limited, kind: 'status_changed' }),
    )
    await page.getByText('102% of 10,000').waitFor()
    await page.getByRole('article').getByText('Budget limited').first().waitFor()
    expect(await page.getByRole('table').nth(1).locator('tbody tr').first().innerText()).toMatch(
      /Active → *\s*Budget limited/,
    )
  })

  it('shows 64-bit integers whole', async () => {
    const backend = await runningBackend()
    const record = JSON.stringify(sent({ goal: 'big', tokens: 1 })).replaceAll(
      '"intValue":"1"',
      '"intValue":"9007199254740993"',
    )
    await backend.post('/v1/logs', record)
    const { page } = await visit(`${backend.url}/?thread=thread+of+big&goal=big`)
    await page.getByText('9,007,199,254,740,993').first().waitFor()
    await page.getByRole('button', { name: 'created' }).click()
    await page.locator('.bigint', { hasText: '9007199254740993' }).first().waitFor()
  })

  it('that is not there says so', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'a' }))
    const { page, errors } = await visit(`${backend.url}/?thread=x&goal=y`)
    await page.getByText('There is no such goal').waitFor()
    await page.getByRole('button', { name: 'Goals' }).click()
    await goalRows(page).first().waitFor()
    errors.splice(0, Infinity, ...errors.filter((one) => !one.includes('404')))
  })

  it('has its spans below their parents', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent(...HISTORY))
    const start = BigInt(Date.now() - 400_000) * 1_000_000n
    const span = (spanId: string, parentSpanId: string, name: string, fromMs: number, toMs: number, code = 0) => ({
      traceId: TRACE,
      spanId,
      parentSpanId,
      name,
      kind: 1,
      startTimeUnixNano: String(start + BigInt(fromMs) * 1_000_000n),
      endTimeUnixNano: String(start + BigInt(toMs) * 1_000_000n),
      attributes: keyValues({ 'gen_ai.tool.name': 'shell' }),
      status: code === 2 ? { code, message: 'exit code 1' } : {},
    })
    const spans = [
      span('00000000000000b1', '00000000000000a1', 'execute_tool shell', 100, 600, 2),
      span('00000000000000a1', '', 'invoke_agent', 0, 1000),
      // Each other's parents.
      span('00000000000000c1', '00000000000000c2', 'round', 0, 1),
      span('00000000000000c2', '00000000000000c1', 'about', 0, 1),
    ]
    const answer = await backend.post('/v1/traces', {
      resourceSpans: [{ resource: { attributes: keyValues(RESOURCE) }, scopeSpans: [{ spans }] }],
    })
    expect(answer.status).toBe(200)
    const { page } = await visit(`${backend.url}/?${new URLSearchParams({ thread: 'thread #1', goal: 'goal/1 ?&' })}`)
    const rows = page.getByRole('region', { name: `Trace ${TRACE}` }).getByRole('listitem')
    await rows.first().waitFor()
    expect((await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim())).toEqual([
      'invoke_agent agent 1s',
      'error execute_tool shell agent 500ms',
      'round agent 1ms',
      'about agent 1ms',
    ])
    await rows.nth(1).getByRole('button').click()
    await rows.nth(1).getByText('exit code 1').waitFor()
  })
})
