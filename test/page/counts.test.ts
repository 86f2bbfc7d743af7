import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { type GoalOf, sent } from './goals.ts'

useBrowser()

const HOUR = 3_600_000

/** A goal's creation and what came after it, a minute apart. */
function history(goal: string, ...then: Partial<GoalOf>[]): GoalOf[] {
  return [{ goal }, ...then.map((one) => ({ kind: 'status_changed', goal, ...one }))].map((one, at) => ({
    ago: HOUR - at * 60_000,
    ...one,
  }))
}

const HISTORIES = [
  ...history('running'),
  ...history('complete', { status: 'complete' }),
  ...history('complete and cleared', { status: 'complete' }, { kind: 'cleared', status: 'complete' }),
  ...history('complete and replaced', { thread: 'shared', status: 'complete' }),
  ...history('its successor', { thread: 'shared', kind: 'created', previous: 'complete and replaced' }),
  ...history('paused and replaced', { thread: 'other', status: 'paused' }),
  ...history('the next', { thread: 'other', kind: 'created', previous: 'paused and replaced' }),
  ...history('cleared while active', { kind: 'cleared' }),
  ...history('paused, back, blocked', { status: 'paused' }, { status: 'active' }, { status: 'blocked' }),
  ...history('from a clock that is ahead', { status: 'paused' }).map((one) => ({ ...one, ago: -HOUR })),
  ...history('of last week', { status: 'blocked' }).map((one) => ({ ...one, ago: 7 * 24 * HOUR })),
].map((one) => ({ thread: `thread of ${one.goal}`, ...one }))

describeInBrowser('a count on the page', () => {
  it('is that of the goals that it opens, whatever became of them', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', sent(...HISTORIES))
    const { page } = await visit(backend.url)
    const summary = page.getByRole('region', { name: 'Summary' })
    await summary.getByRole('link', { name: 'Complete', exact: false }).first().waitFor()
    // A list that was opened before must not narrow the next.
    await page.getByRole('searchbox').fill('nothing of this')
    await page.getByText('No goal matches.').waitFor()
    const links = summary.getByRole('link').filter({ hasText: /^(of )?\d+ (paused|blocked|stopped)$|^[A-Z].*\d+%$/ })
    const counted = (await links.allInnerTexts()).map((text) => text.replace(/\s+\d+%$/, '').replace(/\s+/, ' '))
    expect(counted.toSorted()).toEqual([
      '6 stopped',
      'Blocked 1',
      'Cleared 1',
      'Complete 3',
      'Paused 1',
      'of 6 stopped',
    ])
    for (const [at, text] of counted.entries()) {
      await page.getByRole('link', { name: 'goaltrace' }).click()
      await expect.poll(() => links.nth(at).innerText(), { message: text }).toMatch(/\d/)
      await links.nth(at).click()
      const count = /\d+/.exec(text)?.[0]
      await expect
        .poll(() => page.getByRole('heading', { name: /^Goals( \d+)?$/ }).innerText(), { message: text })
        .toBe(`Goals ${count}`)
      await expect.poll(() => goalRows(page).count(), { message: text }).toBe(Number(count))
    }
    const created = summary.locator('.figure').filter({ hasText: 'Created' }).getByRole('link').first()
    const count = await created.innerText()
    await created.click()
    await expect.poll(() => goalRows(page).count()).toBe(Number(count))
    // What a figure has narrowed is named, and can be taken off.
    await page.getByRole('link', { name: 'Take off the filter: Created in this time' }).click()
    await expect.poll(() => new URL(page.url()).search).toBe('')
  })
})
