import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, chromium } from 'playwright-core'
import { type Figure, machine, median, milliseconds, put, shuffled, tableOf, thousands } from './figures.ts'
import { firstLineOf, scratchFolder, startNode } from './processes/child.ts'
import { codexEvent } from './processes/codex-event.ts'

/**
 * The backend's page in Chromium, with many goals and with few: node bench/page.ts [--write] [ROUNDS].
 * GOALTRACE_BROWSER names a Chromium other than Debian's.
 */
const [ROUNDS = 21] = process.argv.slice(2).filter(Number).map(Number)
const MANY = 100_000
const FEW = 100
const BATCH = 1000
/** Milliseconds, as below. */
const REACH = 200
/**
 * A new window runs scripts of Chromium's own, which take as long as a page does; and from opening the page to reading its
 * notes, because playwright injects its own script into a page to read them.
 */
const SETTLED = 1000

/** When the frame begins that shows the first rows, and when the browser reports its first paint. */
const NOTES = `
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.goal-table tbody tr td.goal')) return
    observer.disconnect()
    requestAnimationFrame(() => { window.firstRows = performance.now() })
  }).observe(document, { childList: true, subtree: true })`
const NOTED = `new Promise((resolve) => {
  const look = () => {
    const [paint] = performance.getEntriesByName('first-contentful-paint')
    if (window.firstRows && paint) resolve({ rows: window.firstRows, paint: paint.startTime })
    else setTimeout(look, 20)
  }
  look()
})`

/** From the click on a column's head to the frame that begins with the rows in its order: first the most tokens, and not the last change. */
const SORTED = `new Promise((resolve) => {
  const first = () => document.querySelector('.goal-table tbody tr td.goal a')?.dataset.key
  const before = first()
  const from = performance.now()
  document.querySelector('.goal-table th.tokens a').click()
  const look = () => (first() === before ? requestAnimationFrame(look) : resolve(performance.now() - from))
  requestAnimationFrame(look)
})`

interface Opened {
  readonly rows: number
  readonly paint: number
  /** Undefined where the page is opened as sorted. */
  readonly sorted: number | undefined
}

const folder = scratchFolder()
const executablePath = process.env.GOALTRACE_BROWSER ?? '/usr/bin/chromium'
if (!existsSync(executablePath)) throw new Error(`No Chromium at ${executablePath}: name it in GOALTRACE_BROWSER`)
// A container has no user namespaces for its sandbox.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const backends = await Promise.all(
  [MANY, FEW].map(async (goals) => ({ goals, url: await backendOf(goals), opened: [] as Opened[], by: 'changed' })),
)
const lists = backends.flatMap((one) => (one.goals === MANY ? [one, { ...one, opened: [], by: 'tokens' }] : [one]))
// A browser that has just started is not representative.
for (const { url, by } of lists) await open(browser, url, by)
for (let round = 0; round < ROUNDS; round++) {
  for (const { url, opened, by } of shuffled(lists)) opened.push(await open(browser, url, by))
}
await browser.close()
rmSync(folder, { recursive: true, force: true })

const figures = lists.flatMap(({ goals, opened, by }): Figure[] => {
  const sorted = by === 'changed' ? '' : `, sorted by ${by}`
  const rows = median(opened.map(({ rows }) => rows))
  const paint = median(opened.map(({ paint }) => paint))
  const clicks = opened.flatMap((one) => one.sorted ?? [])
  return [
    {
      what: `first rows of ${thousands(goals)} goals${sorted}`,
      measured: milliseconds(rows),
      ...(goals === MANY && { reach: milliseconds(REACH), reached: rows < REACH }),
    },
    { what: `first paint, with ${thousands(goals)} goals${sorted}`, measured: milliseconds(paint) },
    ...(clicks.length === 0
      ? []
      : [
          {
            what: `click on Tokens to the rows of ${thousands(goals)} goals`,
            measured: milliseconds(median(clicks)),
            ...(goals === MANY && { reach: milliseconds(REACH), reached: median(clicks) < REACH }),
          },
        ]),
  ]
})
const report = `${machine()}, Chromium ${browser.version()}\n\n${tableOf(figures)}`
console.log(report)
if (process.argv.includes('--write')) put('page', report)
process.exit(figures.some(({ reached }) => reached === false) ? 1 : 0)

async function open(browser: Browser, url: string, by: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en' })
  try {
    const page = await context.newPage()
    await page.addInitScript(NOTES)
    await sleep(SETTLED)
    await page.goto(`${url}/?since=all&sort=${by}`, { waitUntil: 'commit' })
    await sleep(SETTLED)
    const noted = await page.evaluate<Omit<Opened, 'sorted'>>(NOTED)
    return { ...noted, sorted: by === 'changed' ? await page.evaluate<number>(SORTED) : undefined }
  } finally {
    await context.close()
  }
}

async function backendOf(goals: number): Promise<string> {
  const child = startNode(['bin/goaltrace.cjs', 'backend', '--port', '0', '--db', join(folder, `${goals}.db`)])
  const url = /http:\S+/.exec(await firstLineOf(child))?.[0] ?? ''
  for (let from = 0; from < goals; from += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, goals - from) }, (_, at) => created(from + at))
    const answer = await fetch(`${url}/codex/analytics-events/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    })
    if (!answer.ok) throw new Error(`The backend answered ${answer.status} ${await answer.text()}`)
  }
  return url
}

function created(goal: number): object {
  const number = String(goal).padStart(12, '0')
  const [threadId, goalId] = [`019a0000-0000-7000-8000-${number}`, `5fd7a4d0-0000-4000-8000-${number}`]
  return codexEvent({ threadId, goalId, kind: 'usage_accounted', status: 'active', tokens: (goal * 7919) % 100_003 })
}
