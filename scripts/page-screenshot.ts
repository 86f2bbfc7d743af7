/** Makes docs/page-light.png and docs/page-dark.png, the page with seed data of one day: npm run screenshot. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { chromium } from 'playwright-core'
import { startBackend } from '../src/backend/server.ts'
import { goalHistories } from './seed-data/goal-histories.ts'
import { logRequests, traceRequests } from './seed-data/otlp.ts'

const GOALS = 420
const PRICES = { currency: 'USD', asOf: '2026-11-01', perMillionTokens: { 'large-2': 3.5, 'small-2*': 0.6 } }
const LARGEST = 300_000

const folder = mkdtempSync(join(tmpdir(), 'goaltrace-page-'))
const backend = await startBackend({ port: 0, file: join(folder, 'backend.db'), prices: PRICES })
try {
  const histories = goalHistories(Date.now(), GOALS)
  for (const body of logRequests(histories)) await post('/v1/logs', body)
  for (const body of traceRequests(histories)) await post('/v1/traces', body)
  const executablePath = process.env.GOALTRACE_BROWSER ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({
      viewport: { width: 1360, height: 820 },
      deviceScaleFactor: 1.25,
      colorScheme,
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
    })
    await page.goto(backend.url)
    await page.locator('.reasons li').first().waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    const path = join(import.meta.dirname, `../docs/page-${colorScheme}.png`)
    await page.screenshot({ path })
    const { size } = statSync(path)
    console.log(`docs/page-${colorScheme}.png ${(size / 1000).toFixed(0)} kB`)
    if (size > LARGEST) throw new Error(`${path} has more than ${LARGEST} bytes: READMEs are opened on phones too.`)
  }
  await browser.close()
} finally {
  await backend.close()
  rmSync(folder, { recursive: true, force: true })
}

async function post(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(backend.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  const said = await answer.text()
  if (said !== '{}') throw new Error(`${path} was answered ${answer.status}: ${said}`)
}
