import type { Page, Route } from 'playwright-core'
import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

describeInBrowser('opening the page', () => {
  it.each(['changed', 'tokens'])('shows the first rows by %s before the API has answered anything', async (by) => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'small', tokens: 5 }, { goal: 'large', tokens: 900, ago: 1000 }))
    const asked: Route[] = []
    const before = (page: Page) => page.route('**/api/**', (route) => void asked.push(route))
    const { page } = await visit(`${backend.url}/?sort=${by}`, { before })
    await goalRows(page).nth(1).waitFor()
    expect(await goalRows(page).locator('.goal').allInnerTexts()).toEqual(
      by === 'tokens' ? ['large', 'small'] : ['small', 'large'],
    )
    expect(await page.getByRole('region', { name: 'Now' }).innerText()).toContain('2 active')
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await Promise.all(asked.map((route) => route.continue().catch(() => undefined)))
  })

  it('asks for all that the first rows need at once, and for nothing else', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'a' }))
    const asked = new Map<string, Route>()
    const before = (page: Page) =>
      page.route('**/assets/*', (route) => void asked.set(new URL(route.request().url()).pathname, route))
    const { page } = await visit(backend.url, { before, waitUntil: 'commit' })
    // None has been answered: a file that another one asks for would be missing.
    await expect.poll(() => [...asked.keys()].sort()).toEqual(['/assets/page.css', '/assets/page.js'])
    await Promise.all(['/assets/page.css', '/assets/page.js'].map((path) => asked.get(path)?.continue()))
    await goalRows(page).first().waitFor()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await Promise.all([...asked.values()].map((route) => route.continue().catch(() => undefined)))
  })
})
