import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

const GOALS = 100_000
const BATCH = 2000

describeInBrowser('a hundred thousand goals', () => {
  it('have no more rows in the document than fit the window', { timeout: 180_000 }, async () => {
    const backend = await runningBackend()
    for (let from = 0; from < GOALS; from += BATCH) {
      const goals = Array.from({ length: BATCH }, (_, at) => ({
        goal: `goal ${from + at}`,
        thread: `thread ${(from + at) % 1000}`,
        objective: `Objective number ${from + at}`,
        kind: 'status_changed',
        status: at % 3 === 0 ? 'complete' : 'active',
        tokens: from + at,
        budget: GOALS,
        // The one with the highest number changed last.
        ago: (GOALS - from - at) * 100,
      }))
      expect((await backend.post('/v1/logs', sent(...goals))).status).toBe(200)
    }
    const marks = (page: { addInitScript(script: string): Promise<unknown> }) =>
      page.addInitScript(`
        new MutationObserver((_, observer) => {
          if (!document.querySelector('.goal-table tbody tr td.goal')) return
          observer.disconnect()
          requestAnimationFrame(() => { window.firstRows = performance.now() })
        }).observe(document, { childList: true, subtree: true })`)
    // Once before: no measure of a browser that has just started.
    await goalRows((await visit(backend.url)).page)
      .first()
      .waitFor()
    const { page } = await visit(`${backend.url}/?since=all`, { before: marks })
    const rows = goalRows(page)
    await rows.first().waitFor()
    const firstRows = await page.evaluate<number>(
      'new Promise((resolve) => requestAnimationFrame(() => resolve(window.firstRows)))',
    )
    console.log(`first rows of ${GOALS} goals after ${Math.round(firstRows)} ms`)
    const table = page.getByRole('table', { name: 'Goals' })
    expect(await table.getAttribute('aria-rowcount')).toBe(String(GOALS + 1))
    expect(await rows.first().innerText()).toContain(`Objective number ${GOALS - 1}`)

    // Screen by screen, a frame each, as far as it goes in that time.
    const frames = await page.evaluate<number[]>(`(async () => {
      const took = []
      for (let frame = 0; frame < 200; frame++) {
        const from = performance.now()
        scrollBy({ top: 700, behavior: 'instant' })
        await new Promise(requestAnimationFrame)
        took.push(performance.now() - from)
      }
      return took.sort((a, b) => a - b)
    })()`)
    const [median, p95] = [frames[100] as number, frames[190] as number]
    console.log(`a frame of scrolling takes ${median.toFixed(1)} ms, one of twenty longer than ${p95.toFixed(1)} ms`)
    // What makes it smooth, of however many goals. How long it takes is measured by bench/page.ts.
    expect(await rows.count()).toBeLessThan(100)
    const seen = rows.nth(20)
    await expect.poll(async () => Number(await seen.getAttribute('aria-rowindex'))).toBeGreaterThan(1000)
    const index = Number(await seen.getAttribute('aria-rowindex'))
    expect(await seen.innerText()).toContain(`Objective number ${GOALS + 1 - index}`)

    // What changes now is said, and moves nothing under the reader's eyes.
    await backend.post(
      '/v1/logs',
      sent({ goal: 'goal 0', thread: 'thread 0', kind: 'status_changed', status: 'blocked', objective: 'The newest' }),
    )
    const newer = page.getByRole('button', { name: 'Newer changes' })
    await newer.waitFor()
    expect(await seen.getAttribute('aria-rowindex')).toBe(String(index))
    await newer.click()
    await rows.first().getByText('The newest').waitFor()
  })
})
