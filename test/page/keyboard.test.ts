import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

const FOCUSED = 'document.activeElement.textContent'

describeInBrowser('from the keyboard', () => {
  it('goals are walked through, opened and left', async () => {
    const backend = await runningBackend()
    const goals = Array.from({ length: 300 }, (_, at) => ({ goal: `goal ${at}`, ago: 1000 * at }))
    await backend.post('/v1/logs', sent(...goals))
    const { page } = await visit(backend.url)
    await goalRows(page).first().waitFor()
    await page.getByRole('columnheader', { name: 'Changed' }).getByRole('link').focus()
    await page.keyboard.press('Tab')
    const focused = (text: string) => expect.poll(() => page.evaluate(FOCUSED)).toBe(text)
    await focused('goal 0')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await focused('goal 2')
    await page.keyboard.press('ArrowUp')
    await focused('goal 1')
    // To rows that are not in the document yet, and then to those that were not even read.
    const toEnd = async () => {
      await page.keyboard.press('End')
      return page.evaluate(FOCUSED)
    }
    await expect.poll(toEnd, { interval: 300, timeout: 60_000 }).toBe('goal 299')
    expect(
      await page.getByRole('link', { name: 'goal 299' }).evaluate((link) => link.getBoundingClientRect().bottom),
    ).toBeLessThan(801)
    await page.keyboard.press('PageUp')
    await expect.poll(() => page.evaluate(FOCUSED)).toMatch(/^goal 2[78]\d$/)
    await page.keyboard.press('Home')
    await focused('goal 0')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'goal 1' }).waitFor()
    await page.keyboard.press('Escape')
    await focused('goal 1')
    // One stop for all rows.
    await page.keyboard.press('Shift+Tab')
    expect(await page.evaluate("document.activeElement.closest('th') !== null")).toBe(true)
  })

  it('the row in focus keeps it when others come and go', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'a', ago: 2000 }, { goal: 'b', ago: 3000 }))
    const { page } = await visit(backend.url)
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'b', exact: true }).focus()
    await backend.post('/v1/logs', sent({ goal: 'c' }, { goal: 'b', kind: 'usage_accounted', tokens: 5 }))
    await page.getByRole('link', { name: 'c', exact: true }).waitFor()
    await expect.poll(() => page.evaluate(FOCUSED)).toBe('b')
  })

  it('what has the focus is seen', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent({ goal: 'a' }))
    const { page } = await visit(backend.url)
    await goalRows(page).first().waitFor()
    const unseen: string[] = []
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press('Tab')
      const outline = `(() => {
        const at = document.activeElement
        if (at === document.body) return 'end'
        const drawn = (element) => element && getComputedStyle(element).outlineStyle !== 'none'
        return drawn(at) || drawn(at.closest('tr')) ? 'seen' : at.outerHTML.slice(0, 100)
      })()`
      const seen = await page.evaluate<string>(outline)
      if (seen === 'end') break
      if (seen !== 'seen') unseen.push(seen)
    }
    expect(unseen).toEqual([])
  })
})
