import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(import.meta.url)

/** A file that comes with the package, wherever this one was bundled to. */
export function packageFile(path: string): string {
  return join(dirname(require.resolve('goaltrace/package.json')), path)
}

/** What `--import` takes to observe an agent, from whatever folder it is started in. */
export function registerUrl(): string {
  return pathToFileURL(packageFile('dist/register.mjs')).href
}
