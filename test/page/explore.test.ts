import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { describeInBrowser, goalRows, useBrowser, visit } from './browser.ts'
import { type GoalOf, sent } from './goals.ts'

useBrowser()

const HOUR = 3_600_000

const shown = async (page: Page) =>
  (await goalRows(page).locator('.goal').allInnerTexts()).map((text) => text.trim()).join(' ')
const query = (page: Page) => new URL(page.url()).searchParams

async function opened(...goals: GoalOf[]) {
  const backend = await runningBackend()
  await backend.post('/v1/logs', sent(...goals))
  const { page } = await visit(backend.url)
  await goalRows(page)
    .nth(goals.length - 1)
    .waitFor()
  return { backend, page }
}

describeInBrowser('the list of goals', () => {
  it('is sorted by any column, either way, by a click on its head', async () => {
    const { page } = await opened(
      { goal: 'a', tokens: 5, seconds: 1, ago: 1000 },
      { goal: 'b', tokens: 900, seconds: 7, ago: 2000 },
      { goal: 'c', tokens: 70, seconds: 9, ago: 3000 },
    )
    const head = (name: string) => page.getByRole('columnheader', { name })
    const by = async (name: string) => {
      await head(name).getByRole('link').click()
      await expect.poll(() => head(name).getAttribute('aria-sort')).not.toBe('none')
      return shown(page)
    }
    await expect.poll(() => by('Tokens')).toBe('b c a')
    expect(await head('Tokens').getAttribute('aria-sort')).toBe('descending')
    await head('Tokens').getByRole('link').click()
    await expect.poll(() => shown(page)).toBe('a c b')
    expect(String(query(page))).toBe('sort=tokens&order=asc')
    await head('Time').getByRole('link').click()
    await expect.poll(() => shown(page)).toBe('c b a')
    await page.reload()
    await expect.poll(() => shown(page)).toBe('c b a')
    await head('Goal').getByRole('link').click()
    await expect.poll(() => shown(page)).toBe('a b c')
  })

  it('is narrowed by its threads and agents, by the time that is dragged over on a chart, and by a bar', async () => {
    const { page } = await opened(
      { goal: 'early', thread: 'shared', kind: 'status_changed', status: 'complete', tokens: 50, ago: 9 * HOUR },
      { goal: 'middle', kind: 'status_changed', status: 'blocked', tokens: 90, ago: 5 * HOUR },
      { goal: 'late', thread: 'shared', tokens: 7, ago: 60_000 },
    )
    await goalRows(page).filter({ hasText: 'early' }).getByRole('link', { name: 'shared' }).click()
    await expect.poll(() => shown(page)).toBe('late early')
    expect(String(query(page))).toBe('since=all&thread=shared')
    await page.getByRole('link', { name: 'Take off the filter: Thread shared' }).click()
    await goalRows(page).nth(2).getByRole('link', { name: 'agent' }).click()
    await expect.poll(() => query(page).get('service')).toBe('agent')

    await page.getByRole('link', { name: 'goaltrace' }).click()
    const plot = page.getByRole('img', { name: /^Tokens of stopped goals/ }).locator('.u-over')
    await plot.scrollIntoViewIfNeeded()
    const { x = 0, y = 0, width = 0, height = 0 } = (await plot.boundingBox()) ?? {}
    await page.mouse.move(x + 1, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width / 4, y + height / 2, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => shown(page)).toBe('early')
    const range = (name: string) => Date.parse(query(page).get(name) ?? '')
    expect((range('until') - range('since')) % HOUR).toBe(0)
    await page.getByRole('link', { name: /^Take off: / }).click()

    await plot.click({ position: { x: width - 2, y: height / 2 } })
    await expect.poll(() => query(page).get('time')).toBe('stopped')
    expect(range('until') - range('since')).toBe(HOUR)
  })

  it('is of the dates that are given', async () => {
    const { page } = await opened({ goal: 'old', ago: 2 * HOUR }, { goal: 'new', ago: 1000 })
    await page.getByRole('button', { name: 'Dates' }).click()
    const local = (ms: number) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
    await page.getByLabel('From').fill(local(Date.now() - 3 * HOUR))
    await page.getByLabel('to', { exact: true }).fill(local(Date.now() - HOUR))
    await page.getByRole('button', { name: 'Show' }).click()
    await expect.poll(() => shown(page)).toBe('old')
  })

  it('is saved as CSV, whole, and as no formula', async () => {
    const { page } = await opened({ goal: 'a', objective: '=1+"1"', tokens: 5 }, { goal: 'b' })
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    const file = await (await download).path()
    const [head, ...rows] = readFileSync(file, 'utf8').trim().split('\r\n')
    expect(head).toMatch(/^state,thread_id,goal_id,/)
    expect(rows).toHaveLength(2)
    expect(rows.join()).toContain(`"'=1+""1"""`)
  })
})

describeInBrowser('the palette', () => {
  it('goes to goals, threads, agents and filters by a few letters', async () => {
    const { page } = await opened({ goal: 'a', objective: 'Port the parser' }, { goal: 'b', objective: 'Tidy up' })
    const options = page.getByRole('option')
    const type = async (text: string) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Goal, thread' }).waitFor()
      await page.keyboard.type(text)
    }
    await type('parser')
    await options.filter({ hasText: 'Port the parser' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.locator('[aria-selected=true]').innerText()).toMatch(/Thread/)
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Port the parser' }).waitFor()
    await type('sort token')
    await options.filter({ hasText: 'by tokens' }).waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(() => query(page).get('sort')).toBe('tokens')
    await type('x')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    expect(query(page).get('sort')).toBe('tokens')
  })
})
