import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { goaltrace, scratchFolder } from '../cli/goaltrace.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'

useBrowser()

describeInBrowser('goaltrace demo', () => {
  it('prints the address of a page on which its goals move', async () => {
    const { child, ended } = goaltrace(['demo'], { TMPDIR: scratchFolder() })
    let url: string | undefined
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      url = /page.*(http:\S+)$/.exec(line)?.[1]
      if (url !== undefined) break
    }
    child.stdout?.resume()
    const { page, errors } = await visit(url as string)
    const row = goalRows(page).filter({ hasText: 'Port the parser' })
    const moved: string[] = []
    const state = async () => {
      const text = (await row.locator('.status').innerText()).trim()
      if (moved.at(-1) !== text) moved.push(text)
      return text
    }
    await expect.poll(state, { timeout: 60_000, interval: 50 }).toBe('Budget limited')
    expect(moved).toEqual(['Active', 'Budget limited'])
    await row.getByRole('link').first().click()
    await page.getByRole('heading', { name: 'Port the parser' }).waitFor()
    await page
      .locator('.spans')
      .getByText(/create_goal/)
      .first()
      .waitFor()
    if (child.exitCode === null) await once(child, 'exit')
    expect((await ended).code).toBe(0)
    // It ends before its page does.
    errors.splice(0, Infinity, ...errors.filter((one) => !one.includes('ERR_')))
  })
})
