import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

describeInBrowser('a backend without goals', () => {
  it('tells how to get the first, and shows it when it comes', async () => {
    const backend = await runningBackend()
    const { page } = await visit(backend.url)
    await page.getByRole('heading', { name: 'No goals yet' }).waitFor()
    const lines = await page.locator('main code').allInnerTexts()
    expect(lines.slice(0, 3)).toEqual([
      'npm i goaltrace',
      `OTEL_EXPORTER_OTLP_ENDPOINT=${backend.url} node --import goaltrace/register agent.js`,
      'npx goaltrace demo',
    ])
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy npx goaltrace demo' }).click()
    await page.getByRole('button', { name: 'Copied npx goaltrace demo' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('npx goaltrace demo')

    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    await backend.post('/v1/logs', sent({ goal: 'the first' }))
    await goalRows(page).getByText('the first', { exact: true }).waitFor({ timeout: 15_000 })
    expect(await page.getByRole('heading', { name: 'No goals yet' }).count()).toBe(0)
  })
})
