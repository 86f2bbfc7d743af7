import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { type GoalOf, sent } from './goals.ts'

useBrowser()

const MINUTE = 60_000

describeInBrowser('what runs now', () => {
  it('stands above all else: what is blocked and why, then what runs, how long, and what is left of its budget', async () => {
    const backend = await runningBackend({ staleAfter: 20 * MINUTE })
    const goals: GoalOf[] = Array.from({ length: 9 }, (_, n) => ({ goal: `other-${n}`, ago: (30 + n) * MINUTE }))
    await backend.post(
      '/v1/logs',
      sent(
        ...goals,
        ...goals.map((goal) => ({ ...goal, kind: 'status_changed', status: 'blocked', ago: (goal.ago ?? 0) - MINUTE })),
        { goal: 'ask', objective: 'Ask legal', ago: 9 * MINUTE },
        { goal: 'ask', kind: 'status_changed', status: 'blocked', reason: 'Nobody answers', ago: 8 * MINUTE },
        { goal: 'port', objective: 'Port the parser', budget: 10_000, ago: 12 * MINUTE },
        { goal: 'port', kind: 'usage_accounted', budget: 10_000, tokens: 2500, ago: 2 * MINUTE },
        { goal: 'tidy', objective: 'Tidy up', budget: 1000, ago: 15 * MINUTE },
        { goal: 'tidy', kind: 'usage_accounted', budget: 1000, tokens: 850, ago: 3 * MINUTE },
        { goal: 'lost', objective: 'Of an agent that died', ago: 3 * 60 * MINUTE },
        { goal: 'done', kind: 'status_changed', status: 'complete' },
      ),
    )
    const { page } = await visit(backend.url)
    const now = page.getByRole('region', { name: 'Now' })
    await expect
      .poll(async () => (await now.getByRole('listitem').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')))
      .toEqual([
        expect.stringMatching(/^Blocked: Ask legal 8m \d\ds Nobody answers agent$/),
        ...[0, 1, 2, 3].map((n) => expect.stringMatching(new RegExp(`^Blocked: other-${n} ${29 + n}m \\d\\ds agent$`))),
        expect.stringMatching(/^Active: Tidy up 15m \d\ds 85% of 1K used agent$/),
        expect.stringMatching(/^Active: Port the parser 12m \d\ds 7.5K of 10K left agent$/),
        expect.stringMatching(/^Stale: Of an agent that died 3h 00m no news for 3 h agent$/),
      ])
    const bottoms = now.getByRole('listitem').last()
    const { y = 0, height = 0 } = (await bottoms.boundingBox()) ?? {}
    expect(y + height).toBeLessThan(800)
    await now.getByRole('link', { name: '1 stale' }).click()
    await expect.poll(() => goalRows(page).count()).toBe(1)
    expect(await goalRows(page).innerText()).toMatch(/^Stale\s/)
    await now.getByRole('link', { name: /Ask legal/ }).click()
    await page.getByRole('heading', { name: 'Ask legal' }).waitFor()
    await page.getByRole('article').getByText('Nobody answers').waitFor()
  })

  it('becomes stale without an event, after the time that the backend was given, and active again with one', async () => {
    const backend = await runningBackend({ staleAfter: 6000 })
    await backend.post('/v1/logs', sent({ goal: 'a' }))
    const { page } = await visit(backend.url)
    const [goal] = [page.getByRole('region', { name: 'Now' }).getByRole('listitem')]
    await goal.filter({ hasText: 'Stale' }).waitFor()
    expect((await backend.get('/api/now')).counts).toMatchObject({ active: 0, stale: 1 })
    expect((await backend.get('/api/goals?state=stale')).goals).toHaveLength(1)
    expect((await backend.get('/api/goals?state=active')).goals).toEqual([])
    await backend.post('/v1/logs', sent({ goal: 'a', kind: 'usage_accounted', tokens: 5, ago: -60_000 }))
    await goal.filter({ hasText: 'Active' }).waitFor()
    expect((await backend.get('/api/now')).counts).toMatchObject({ active: 1, stale: 0 })
  })
})
