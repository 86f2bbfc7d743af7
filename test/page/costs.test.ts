import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

describeInBrowser('money', () => {
  it('is shown of a goal, an agent and the time, where prices are known, and as unknown where one is not', async () => {
    const prices = { currency: 'USD', asOf: '2026-11-01', perMillionTokens: { 'small*': 2 } }
    const backend = await runningBackend({ prices })
    const done = { kind: 'status_changed', status: 'complete' }
    await backend.post(
      '/v1/logs',
      sent({ ...done, goal: 'a', model: 'small-1', tokens: 3_000_000 }, { ...done, goal: 'b', tokens: 9_000_000 }),
    )
    const { page } = await visit(backend.url)
    const rows = goalRows(page)
    await expect.poll(() => rows.locator('.cost').allInnerTexts()).toEqual(expect.arrayContaining(['$6.00', '–']))
    const summary = page.getByRole('region', { name: 'Summary' })
    await expect.poll(() => summary.innerText()).toMatch(/Cost\s+\$6\.00\s+1 goal unknown/)
    expect(await summary.locator('.agents').innerText()).toMatch(/agent\s+\$6\.00\s+12M/)
    await page.getByRole('columnheader', { name: 'Cost' }).getByRole('link').click()
    await expect.poll(() => rows.first().locator('.cost').innerText()).toBe('$6.00')
    await rows.first().getByRole('link').first().click()
    await expect.poll(() => page.locator('.goal-detail .figures').innerText()).toMatch(/Cost\s+\$6\.00\s+small-1/)
  })
})
