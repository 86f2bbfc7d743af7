import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { sent } from './goals.ts'

useBrowser()

const STATES = ['active', 'paused', 'blocked', 'usage_limited', 'budget_limited', 'complete']

async function backendWithGoals() {
  const backend = await runningBackend({ jaeger: 'http://127.0.0.1:16686' })
  const ends = STATES.map((status, at) => ({
    goal: `goal ${status}`,
    kind: 'status_changed',
    status,
    turn: 'turn 1',
    tokens: 300 * (at + 1),
    seconds: 60,
    budget: 1000,
    ago: 1000 * at,
  }))
  const starts = ends.map(({ goal }) => ({ goal, budget: 1000, ago: 100_000 }))
  await backend.post(
    '/v1/logs',
    sent(...starts, ...ends, { goal: 'gone', kind: 'cleared' }, { goal: 'bad', status: 'wrong' }),
  )
  return backend
}

const VIEWS: Readonly<Record<string, { query: string; ready: (page: Page) => Promise<unknown> }>> = {
  goals: { query: '?since=7d&state=active&state=blocked', ready: (page) => goalRows(page).nth(1).waitFor() },
  'all goals': { query: '', ready: (page) => goalRows(page).nth(6).waitFor() },
  'one goal': {
    query: '?thread=thread+of+goal+complete&goal=goal+complete',
    ready: async (page) => {
      const events = page.getByRole('table').nth(1).getByRole('button')
      await events.first().waitFor()
      for (const event of await events.all()) await event.click()
      await page.getByText('"codex_goal_event"').first().waitFor()
    },
  },
  'rejected records': {
    query: '?rejected',
    ready: (page) => page.locator('.records summary').first().click(),
  },
  'no match': { query: '?search=nothing', ready: (page) => page.getByText('No goal matches').waitFor() },
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

describeInBrowser('for everybody', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    it(`every view is without a finding of axe, ${colorScheme}`, { timeout: 180_000 }, async () => {
      const backend = await backendWithGoals()
      for (const [name, { query, ready }] of Object.entries(VIEWS)) {
        for (const viewport of [
          { width: 1280, height: 800 },
          { width: 360, height: 740 },
        ]) {
          const { page } = await visit(`${backend.url}/${query}`, { colorScheme, viewport, reducedMotion: 'reduce' })
          await ready(page)
          expect([name, viewport.width, await violations(page)]).toEqual([name, viewport.width, []])
          const width = await page.evaluate<number>('document.documentElement.scrollWidth')
          expect(`${name}: ${width}`).toBe(`${name}: ${Math.min(width, viewport.width)}`)
          await page.close()
        }
      }
    })

    it(`so are the first steps and the sign-in, ${colorScheme}`, async () => {
      for (const token of [undefined, 'secret']) {
        const backend = await runningBackend({ token })
        const { page, errors } = await visit(backend.url, { colorScheme, viewport: { width: 360, height: 740 } })
        await page.getByRole('heading', { level: 1 }).waitFor()
        expect(await violations(page)).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
        // It goes on asking, and may be refused once more.
        await page.close()
        errors.splice(0, Infinity, ...errors.filter((one) => !one.includes('401')))
      }
    })
  }

  it('nothing moves where somebody asked for no motion', async () => {
    const backend = await backendWithGoals()
    const { page } = await visit(backend.url, { reducedMotion: 'reduce' })
    await goalRows(page).first().waitFor()
    const moving = `document.getAnimations().length + [...document.querySelectorAll('*')].filter(
      (one) => getComputedStyle(one).transitionDuration !== '0s' || getComputedStyle(one).animationName !== 'none').length`
    expect(await page.evaluate(moving)).toBe(0)
  })
})
