import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

describeInBrowser('a goal in whose row its thread has another one', () => {
  it('is listed as replaced while somebody looks on, and its detail leads to its successor', async () => {
    const backend = await runningBackend()
    const first = { goal: 'first-goal', thread: 'thread-1', objective: 'Port the parser' }
    await backend.post(
      '/v1/logs',
      sent(
        { ...first, ago: 600_000 },
        { ...first, kind: 'usage_accounted', tokens: 1200.5, seconds: 12.625, ago: 500_000 },
      ),
    )
    const { page } = await visit(`${backend.url}/`)
    await goalRows(page).filter({ hasText: 'Active' }).waitFor()
    const second = { goal: 'second-goal', thread: 'thread-1', previous: 'first-goal', objective: 'Make it fast' }
    await backend.post('/v1/logs', sent({ ...second, ago: 300_000 }))
    const row = goalRows(page).filter({ hasText: 'Port the parser' })
    await row.filter({ hasText: 'Replaced' }).waitFor()
    expect(await goalRows(page).filter({ hasText: 'Active' }).count()).toBe(1)
    await page.getByRole('navigation', { name: 'State' }).getByRole('link', { name: 'Replaced' }).click()
    await page.getByRole('heading', { name: 'Goals 1', exact: true }).waitFor()

    await row.getByRole('link').first().click()
    const statuses = page.getByRole('img', { name: 'Statuses in their order' })
    await statuses.waitFor()
    expect(await statuses.getAttribute('aria-label')).toMatch(/: Active \d+m \d\ds, Replaced 0s$/)
    expect(await page.locator('.goal-detail .figures').textContent()).toContain('1,200.5')
    await page.getByRole('link', { name: 'second-goal' }).click()
    await page.getByRole('heading', { name: 'Make it fast' }).waitFor()
    expect(new URL(page.url()).searchParams.get('goal')).toBe('second-goal')
  })
})
