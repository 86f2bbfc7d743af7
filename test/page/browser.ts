import { existsSync } from 'node:fs'
import process from 'node:process'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'

/** Debian's Chromium, or the one that GOALTRACE_BROWSER names. */
const CHROMIUM = [process.env.GOALTRACE_BROWSER, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
)

if (CHROMIUM === undefined) {
  const said = 'No Chromium on this machine: install it (apt install chromium) or name it in GOALTRACE_BROWSER'
  if (process.env.GOALTRACE_BROWSER_REQUIRED) throw new Error(said)
  console.warn(`${said}. The tests of the page are skipped.`)
}

/** As `describe`, in a browser; skipped where there is none. */
export const describeInBrowser = describe.skipIf(CHROMIUM === undefined)

let browser: Browser | undefined

/** For each file whose tests open pages. */
export function useBrowser(): void {
  beforeAll(async () => {
    if (CHROMIUM === undefined) return
    // A container has no user namespaces for its sandbox.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  })
  afterAll(() => browser?.close())
}

export interface Visit {
  readonly page: Page
  /** What no visit may bring: console errors, exceptions, violations of the policy, dialogs, requests to elsewhere. */
  readonly errors: string[]
}

/** Opens an address of a backend; the test fails where the visit brought errors. */
export async function visit(
  url: string,
  options: BrowserContextOptions & {
    before?: (page: Page) => Promise<unknown>
    /** Until when to wait. Default: all files of the page are there. */
    waitUntil?: 'commit' | 'load'
  } = {},
): Promise<Visit> {
  const { before, waitUntil = 'load', ...ofContext } = options
  const context = await (browser as Browser).newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en',
    ...ofContext,
  })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const errors: string[] = []
  const { origin } = new URL(url)
  page
    .on('console', (said) => {
      if (said.type() === 'error' || said.type() === 'warning') errors.push(`console: ${said.text()}`)
    })
    .on('pageerror', (error) => errors.push(`exception: ${error.stack}`))
    .on('dialog', (dialog) => {
      errors.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    .on('request', (request) => {
      if (new URL(request.url()).origin !== origin) errors.push(`request: ${request.url()}`)
    })
  onTestFinished(async () => {
    await context.close()
    expect(errors).toEqual([])
  })
  await before?.(page)
  await page.goto(url, { waitUntil })
  return { page, errors }
}

/** The rows of goals that are in the document, as their texts. */
export function goalRows(page: Page) {
  return page.getByRole('table', { name: 'Goals' }).locator('tbody tr:not([aria-hidden])')
}
