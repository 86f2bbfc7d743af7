import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Backend, type BackendOptions, startBackend } from '../../src/backend/server.ts'
import { openDatabase } from '../../src/backend/store/database.ts'

export interface RunningBackend extends Backend {
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  get(path: string): Promise<Record<string, Record<string, unknown>[]>>
  /** What another connection finds in the file. */
  rows(sql: string): Record<string, unknown>[]
}

export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-backend-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Milliseconds. Tests' goals are of one fixed day, and no more stale than on it. */
const A_CENTURY = 100 * 365 * 86_400_000

/** On a free port, with its own file; both gone when the test is over. */
export async function runningBackend(options: Partial<BackendOptions> = {}): Promise<RunningBackend> {
  const backend = await startBackend({
    port: 0,
    file: join(scratchFolder(), 'backend.db'),
    staleAfter: A_CENTURY,
    ...options,
  })
  onTestFinished(() => backend.close())
  return { ...backend, ...clientOf(backend.url, backend.file) }
}

/** By the driver that the backend uses: in one process two copies of SQLite do not see each other's locks. */
export function connectionTo(file: string) {
  return openDatabase(file, 5000)
}

export function clientOf(url: string, file: string): Pick<RunningBackend, 'post' | 'get' | 'rows'> {
  return {
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
      }),
    get: async (path) => (await fetch(url + path)).json() as ReturnType<RunningBackend['get']>,
    rows: (sql) => {
      const witness = connectionTo(file)
      try {
        return witness.prepare(sql).safeIntegers().all() as Record<string, unknown>[]
      } finally {
        witness.close()
      }
    },
  }
}
