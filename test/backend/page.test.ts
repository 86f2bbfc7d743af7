import { mkdirSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HttpResponse } from '../../src/backend/http/http-response.ts'
import { pageRoutes } from '../../src/backend/page.ts'
import { readPageFiles } from '../../src/backend/page-files.ts'
import type { RequestContext } from '../../src/backend/request-context.ts'
import { runningBackend, scratchFolder } from './running-backend.ts'

function builtPage(): ReturnType<typeof pageRoutes> {
  const folder = scratchFolder()
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'assets', 'main-1.js'), 'let a')
  writeFileSync(join(folder, 'assets', 'main-1.js.map'), '{}')
  writeFileSync(join(folder, 'style.css'), 'a {}')
  return pageRoutes(readPageFiles(folder))
}

function answer(
  routes: ReturnType<typeof pageRoutes>,
  path: string,
  headers: Record<string, string> = {},
): HttpResponse {
  return routes.get(path)?.GET?.({ request: { headers } } as unknown as RequestContext) as HttpResponse
}

describe('the page', () => {
  it('is the files that were built of it, and no others', () => {
    const routes = builtPage()
    expect([...routes.keys()].sort()).toEqual(['/', '/assets/main-1.js', '/style.css'])
    expect(answer(routes, '/assets/main-1.js')).toMatchObject({
      type: 'text/javascript; charset=utf-8',
      body: Buffer.from('let a'),
      headers: { 'cache-control': 'no-cache' },
    })
    expect(answer(routes, '/style.css').type).toBe('text/css; charset=utf-8')
  })

  it('is shown to a browser, and words to a program', () => {
    const routes = builtPage()
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
    expect(answer(routes, '/', browser)).toMatchObject({
      type: 'text/html; charset=utf-8',
      headers: { vary: 'accept' },
    })
    for (const headers of [{ accept: '*/*' }, { accept: 'text/plain' }, {}]) {
      expect(answer(routes, '/', headers).body).toContain('POST /v1/logs')
    }
  })

  it('is not sent again to a browser that has it', () => {
    const routes = builtPage()
    const { etag = '' } = answer(routes, '/style.css').headers ?? {}
    for (const seen of [etag, `W/${etag}`, `"other", ${etag}`]) {
      expect(answer(routes, '/style.css', { 'if-none-match': seen })).toMatchObject({ status: 304, body: '' })
    }
    expect(answer(routes, '/style.css', { 'if-none-match': '"other"' }).status).toBeUndefined()
  })

  it('is words alone where it was not built', () => {
    const routes = pageRoutes(readPageFiles(join(scratchFolder(), 'missing')))
    expect([...routes.keys()]).toEqual(['/'])
    expect(answer(routes, '/', { accept: 'text/html' }).body).toContain('POST /v1/logs')
  })

  it.each([
    '/../package.json',
    '/assets/../../../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '//etc/passwd',
  ])('gives no other file of this machine for %s', async (path) => {
    const { hostname, port } = new URL((await runningBackend()).url)
    const status = await new Promise((resolve) => {
      get({ hostname, port, path }, (answer: IncomingMessage) => resolve(answer.resume().statusCode))
    })
    expect(status).toBe(404)
  })

  it('needs no token, which it asks for itself', async () => {
    const backend = await runningBackend({ token: 'secret' })
    expect((await fetch(backend.url, { headers: { accept: 'text/html' } })).status).toBe(200)
  })
})
