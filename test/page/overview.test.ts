import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

describeInBrowser('the page of a backend', () => {
  it('shows what was pursued, what it cost, and why it stopped', async () => {
    const backend = await runningBackend()
    await backend.post(
      '/v1/logs',
      sent(
        { goal: 'port-parser', objective: 'Port the parser', budget: 12_000, ago: 60_000 },
        { goal: 'port-parser', kind: 'usage_accounted', tokens: 9000, seconds: 75, budget: 12_000, ago: 50_000 },
        {
          goal: 'port-parser',
          kind: 'status_changed',
          status: 'complete',
          tokens: 9000,
          seconds: 75,
          budget: 12_000,
          ago: 40_000,
        },
        { goal: 'ask-legal', ago: 30_000 },
        { goal: 'ask-legal', kind: 'status_changed', status: 'blocked', tokens: 800, seconds: 3, ago: 20_000 },
        { goal: 'tidy', tokens: 5, ago: 10_000 },
      ),
    )
    const { page } = await visit(backend.url)
    const rows = goalRows(page)
    await rows.nth(2).waitFor()
    const texts = await rows.allInnerTexts()
    // The last changed first.
    expect(texts.map((text) => text.split(/[\n\t]+/)[0])).toEqual(['Active', 'Blocked', 'Complete'])
    expect(texts[2]?.split(/\s*[\n\t]+\s*/)).toEqual(
      expect.arrayContaining(['Port the parser', '9K / 12K', '1m 15s', 'agent', expect.stringMatching(/^4\ds ago$/)]),
    )
    const summary = page.getByRole('region', { name: 'Summary' })
    await expect.poll(() => summary.innerText()).toMatch(/Created\s+3\s+2 stopped/)
    expect(await summary.innerText()).toMatch(/Completion\s+50%/)
    expect(await summary.innerText()).toMatch(/Complete\s+1\s+50%\s+Blocked\s+1\s+50%/)
    expect(
      await summary.getByRole('img').evaluateAll((plots) => plots.map((plot) => plot.getAttribute('aria-label'))),
    ).toEqual([
      expect.stringContaining('9,800 in all'),
      expect.stringContaining('3 created, 1 complete, 1 stopped otherwise'),
    ])
  })

  it('shows its first goals while nothing else is answered, neither summary nor plots', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'first', objective: 'Come first' }))
    const { page } = await visit(backend.url, { before: (page) => page.route(/\/api\/|uPlot/, () => {}) })
    await goalRows(page).getByText('Come first').waitFor()
  })

  it('follows what happens, without being asked', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'first', objective: 'Come first', ago: 5000 }))
    const { page } = await visit(backend.url)
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    const rows = goalRows(page)
    expect(await rows.count()).toBe(1)
    await backend.post('/v1/logs', sent({ goal: 'second', objective: 'Come later' }))
    await rows.getByText('Come later').waitFor()
    expect((await rows.first().innerText()).replaceAll(/\s+/g, ' ')).toContain('Active Come later')
    await backend.post('/v1/logs', sent({ goal: 'first', kind: 'status_changed', status: 'paused', tokens: 4200 }))
    await expect
      .poll(async () => (await rows.first().innerText()).replaceAll(/\s+/g, ' '))
      .toContain('Paused Come first 4.2K')
    const summary = page.getByRole('region', { name: 'Summary' })
    await expect.poll(() => summary.innerText(), { timeout: 60_000 }).toMatch(/Created\s+2\s+1 stopped/)
  })

  it('says when it has lost the backend, and goes on when that is back', async () => {
    const first = await runningBackend()
    const port = Number(new URL(first.url).port)
    await first.post('/v1/logs', sent({ goal: 'before' }))
    const { page, errors } = await visit(first.url)
    const live = page.getByRole('status')
    await live.getByText('Live', { exact: true }).waitFor()
    await first.close()
    await live.getByText('Reconnecting').waitFor()
    // What is asked for now has no answer, and is not shown with that of before.
    const blocked = page.getByRole('navigation', { name: 'State' }).getByRole('link', { name: 'Blocked' })
    await blocked.click()
    await page.getByRole('region', { name: 'Goals' }).getByText('The backend does not answer.').waitFor()
    expect(await goalRows(page).count()).toBe(0)
    await blocked.click()
    const second = await runningBackend({ port, file: first.file })
    await second.post('/v1/logs', sent({ goal: 'after' }))
    await live.getByText('Live', { exact: true }).waitFor()
    await goalRows(page).getByText('after', { exact: true }).waitFor()
    // A browser says on its console that nothing answered; what it says of anything else counts.
    // Before the second backend closes, which the page would report too.
    await page.close()
    errors.splice(0, Infinity, ...errors.filter((one) => !one.includes('ERR_')))
  })

  it('opens what was rejected, with the reasons', async () => {
    const backend = await runningBackend()
    await backend.post(
      '/v1/logs',
      sent({ goal: 'good' }, ...[1, 2, 3].map((n) => ({ goal: `bad ${n}`, status: 'no such status' })), {
        goal: '',
        status: '',
      }),
    )
    const { page } = await visit(backend.url)
    await page.getByRole('link', { name: '4 rejected' }).click()
    const record = page.locator('.records > li')
    await record.nth(1).waitFor()
    // By reason, the most frequent first, with all that is wrong at once.
    expect(await record.locator('bdi').allInnerTexts()).toEqual([
      'agent_goal.status: missing or invalid',
      'agent_goal.id, agent_goal.status: missing or invalid',
    ])
    expect(await record.first().locator('.number').first().innerText()).toBe('3 records')
    expect(new URL(page.url()).search).toBe('?rejected')
    await record.first().locator('summary').first().click()
    await expect.poll(() => record.getByText('"no such status"').count()).toBe(3)
    await page.keyboard.press('Escape')
    await goalRows(page).first().waitFor()
  })
})
