import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

describeInBrowser('a backend that requires a token', () => {
  it('lets in who has it, once, and keeps it out of the address and of scripts', async () => {
    const token = 'correct horse battery staple'
    const backend = await runningBackend({ token })
    await backend.post('/v1/logs', sent({ goal: 'behind the door' }), { authorization: `Bearer ${token}` })
    const { page, errors } = await visit(backend.url)
    const field = page.getByLabel('Token')
    await field.fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('not the token').waitFor()
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    await field.fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await goalRows(page).getByText('behind the door').waitFor()
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor({ timeout: 60_000 })
    expect(new URL(page.url()).search).toBe('')
    expect(await page.evaluate('document.cookie')).toBe('')
    await page.reload()
    await goalRows(page).getByText('behind the door').waitFor()
    // A browser logs to its console each answer that was not 2xx.
    errors.splice(0, Infinity, ...errors.filter((one) => !one.includes('401')))
  })
})
