import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../../../.cache/codex/', import.meta.url))

/** The Codexes that are there, and may run because this process has no network: see run.sh. */
export function installedCodexes(): { readonly version: string; readonly binary: string }[] {
  if (!process.env.GOALTRACE_CODEX_ISOLATED || !existsSync(CACHE)) return []
  return readdirSync(CACHE).flatMap((version) => {
    const scope = join(CACHE, version, 'node_modules/@openai')
    const platform = readdirSync(scope).find((name) => /^codex-(linux|darwin)/.test(name))
    if (platform === undefined) return []
    const vendor = join(scope, platform, 'vendor')
    const binary = join(vendor, readdirSync(vendor)[0] ?? '', 'bin/codex')
    return existsSync(binary) ? [{ version, binary }] : []
  })
}
