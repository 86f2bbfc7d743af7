import module from 'node:module'
import process from 'node:process'

/** For tests of goaltrace's own connections: they find no better-sqlite3, as where none is installed. */
if (process.env.GOALTRACE_TEST_DRIVER === 'node:sqlite') {
  const internal = module as unknown as { _resolveFilename(request: string, parent?: { filename?: string }): string }
  const resolve = internal._resolveFilename
  internal._resolveFilename = function (request, parent, ...rest: []) {
    if (request === 'better-sqlite3' && parent?.filename?.endsWith('/src/sqlite/better-sqlite3/driver.ts')) {
      throw Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' })
    }
    return resolve.call(this, request, parent, ...rest)
  }
}
