import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

const HOUR = 3_600_000

async function shown(page: Page): Promise<string[]> {
  return (await goalRows(page).locator('.goal').allInnerTexts()).sort()
}

describeInBrowser('filters', () => {
  it('stand in the address: Back takes them off one by one, a reload keeps them', async () => {
    const backend = await runningBackend()
    await backend.post(
      '/v1/logs',
      sent(
        { goal: 'a', objective: 'Alpha' },
        { goal: 'b', objective: 'Beta', kind: 'status_changed', status: 'blocked' },
        { goal: 'c', objective: 'Gamma', kind: 'status_changed', status: 'complete' },
        { goal: 'd', objective: 'Delta', ago: 3 * HOUR },
        { goal: 'e', objective: 'Epsilon', ago: 50 * HOUR },
      ),
    )
    const { page } = await visit(backend.url)
    const search = () => decodeURIComponent(new URL(page.url()).search)
    const shows = (...names: string[]) => expect.poll(() => shown(page)).toEqual(names)
    await shows('Alpha', 'Beta', 'Delta', 'Gamma')

    await page.getByRole('navigation', { name: 'Time' }).getByRole('link', { name: 'All' }).click()
    await shows('Alpha', 'Beta', 'Delta', 'Epsilon', 'Gamma')
    expect(search()).toBe('?since=all')

    const states = page.getByRole('navigation', { name: 'State' })
    await states.getByRole('link', { name: 'Active' }).click()
    await shows('Alpha', 'Delta', 'Epsilon')
    await states.getByRole('link', { name: 'Blocked' }).click()
    await shows('Alpha', 'Beta', 'Delta', 'Epsilon')
    expect(search()).toBe('?since=all&state=active&state=blocked')

    await page.getByRole('searchbox').fill('TA')
    await shows('Beta', 'Delta')
    expect(search()).toBe('?since=all&state=active&state=blocked&search=TA')

    await page.reload()
    await shows('Beta', 'Delta')
    expect(await page.getByRole('searchbox').inputValue()).toBe('TA')
    expect(await states.locator('[aria-current=true]').allInnerTexts()).toEqual(['Active', 'Blocked'])

    await page.goBack()
    await shows('Alpha', 'Beta', 'Delta', 'Epsilon')
    expect(await page.getByRole('searchbox').inputValue()).toBe('')
    await page.goBack()
    await shows('Alpha', 'Delta', 'Epsilon')
    await page.goBack()
    await page.goBack()
    await shows('Alpha', 'Beta', 'Delta', 'Gamma')
    expect(search()).toBe('')
    await page.goForward()
    await shows('Alpha', 'Beta', 'Delta', 'Epsilon', 'Gamma')
  })

  it('choose an agent, for the summary too', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'a' }, { goal: 'b' }))
    const other = JSON.stringify(sent({ goal: 'c' })).replace('"stringValue":"agent"', '"stringValue":"other agent"')
    await backend.post('/v1/logs', other)
    const { page } = await visit(backend.url)
    await page.getByRole('combobox', { name: 'Agent' }).selectOption('other agent')
    await expect.poll(() => shown(page)).toEqual(['c'])
    expect(new URL(page.url()).searchParams.get('service')).toBe('other agent')
    await expect.poll(() => page.getByRole('region', { name: 'Summary' }).innerText()).toMatch(/Created\s+1\s/)
  })

  it('that nothing matches say so, and how to get rid of them', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'a' }))
    const { page } = await visit(`${backend.url}/?search=nothing+of+this&since=7d`)
    await page.getByText('No goal matches.').waitFor()
    await page.getByRole('link', { name: 'Clear the filters' }).click()
    await expect.poll(() => shown(page)).toEqual(['a'])
    expect(new URL(page.url()).search).toBe('?since=7d')
  })

  it('that are no filters are left out', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'a' }))
    const { page } = await visit(`${backend.url}/?state=wrong&since=1y&nonsense`)
    await expect.poll(() => shown(page)).toEqual(['a'])
  })
})
