import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { chromium } from 'playwright-core'
import { installed } from './peer.ts'

const CHROMIUM = [process.env.GOALTRACE_BROWSER, '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
)
/** For the page to draw what it has loaded. */
const DRAWN_MS = 4000

/** What a person sees, in .cache/peers/pictures, to be looked at; nothing where there is no Chromium. */
export async function picture(url: string, file: string, shows: string): Promise<void> {
  if (CHROMIUM === undefined) return
  const folder = join(installed, 'pictures')
  mkdirSync(folder, { recursive: true })
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 } })
    await page.goto(url)
    await page
      .getByText(shows)
      .first()
      .waitFor({ timeout: 60_000 })
      .catch(() => {})
    await page.waitForTimeout(DRAWN_MS)
    await page.screenshot({ path: join(folder, file) })
  } finally {
    await browser.close()
  }
}
