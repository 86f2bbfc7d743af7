import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

describeInBrowser('a backend without goals', () => {
  it('says how to get the first, and shows it when it comes', async () => {
    const backend = await runningBackend()
    const { page } = await visit(backend.url)
    await page.getByRole('heading', { name: 'No goals yet' }).waitFor()
    const lines = await page.locator('main code').allInnerTexts()
    expect(lines.slice(0, 3)).toEqual([
      'npm i goaltrace',
      `OTEL_EXPORTER_OTLP_ENDPOINT=${backend.url} npx goaltrace run --map --objectives -- node agent.js`,
      'npx goaltrace demo',
    ])
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy npx goaltrace demo' }).click()
    await page.getByRole('button', { name: 'Copied npx goaltrace demo' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('npx goaltrace demo')

    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    await backend.post('/v1/logs', sent({ goal: 'the first' }))
    await goalRows(page).getByText('the first', { exact: true }).waitFor({ timeout: 60_000 })
    expect(await page.getByRole('heading', { name: 'No goals yet' }).count()).toBe(0)
  })
  it('that demands a token says how an agent sends one', async () => {
    const backend = await runningBackend({ token: 'very-secret' })
    const { page, errors } = await visit(backend.url)
    await page.getByLabel('Token').fill('very-secret')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'No goals yet' }).waitFor()
    expect(await page.locator('main code').nth(1).innerText()).toBe(
      `OTEL_EXPORTER_OTLP_ENDPOINT=${backend.url} OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20$GOALTRACE_TOKEN" npx goaltrace run --map --objectives -- node agent.js`,
    )
    // A browser logs to its console each answer that was not 2xx.
    errors.splice(0, Infinity, ...errors.filter((one) => !one.includes('401')))
  })
})
