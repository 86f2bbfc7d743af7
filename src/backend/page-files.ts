import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'

/** A file of the page: the same for everybody, without any data. */
export interface PageFile {
  readonly type: string
  readonly etag: string
  readonly body: Buffer
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
}

/**
 * The files of the built page, by address: `/` is `index.html`. Read once, so that no address ever names a file of this
 * machine. None where the page was not built.
 * @param folder Default: the package's own.
 */
export function readPageFiles(folder = packagePage()): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  for (const entry of entriesOf(folder)) {
    const type = TYPES[extname(entry)]
    if (type === undefined) continue
    const body = readFileSync(join(folder, entry))
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    const path = `/${entry.replaceAll('\\', '/')}`
    files.set(path === '/index.html' ? '/' : path, { type, etag, body })
  }
  return files
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function packagePage(): string {
  const manifest = createRequire(import.meta.url).resolve('goaltrace/package.json')
  return join(dirname(manifest), 'dist', 'page')
}
