import type { LookupAddress } from 'node:dns'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'

/** Milliseconds: so long the question may keep a process alive that has finished. */
const LIMIT_MS = 200

/**
 * Asks as the system's resolver does where it has files and name servers alone: /etc/hosts, then DNS, with the search list
 * of /etc/resolv.conf. A question to a name server can be given up, other than one to the system.
 */
export async function lookUpByServers(name: string): Promise<readonly LookupAddress[]> {
  const known = hostsNamed(name, textOf('/etc/hosts'))
  if (known.length > 0) return known
  const { Resolver } = process.getBuiltinModule('node:dns').promises
  const resolver = new Resolver({ timeout: LIMIT_MS, tries: 1 })
  const limit = setTimeout(() => resolver.cancel(), LIMIT_MS)
  try {
    const answers = candidates(name, textOf('/etc/resolv.conf')).map((candidate) => asked(resolver, candidate))
    // Asked all at once, and taken in their order.
    for (const answer of answers) {
      const found = await answer
      if (found.length > 0) return found
    }
  } finally {
    resolver.cancel()
    clearTimeout(limit)
  }
  throw Object.assign(new Error(`no name server knows ${name}`), { code: 'ENOTFOUND', hostname: name })
}

type Resolver = InstanceType<typeof import('node:dns').promises.Resolver>

async function asked(resolver: Resolver, name: string): Promise<LookupAddress[]> {
  const [four, six] = await Promise.all([
    resolver.resolve4(name).catch(() => []),
    resolver.resolve6(name).catch(() => []),
  ])
  return [...four.map((address) => ({ address, family: 4 })), ...six.map((address) => ({ address, family: 6 }))]
}

/** The addresses that a hosts file has for a name (https://man7.org/linux/man-pages/man5/hosts.5.html). */
export function hostsNamed(name: string, text: string): LookupAddress[] {
  const wanted = name.toLowerCase().replace(/\.$/, '')
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    return family > 0 && names.some((known) => known.toLowerCase() === wanted) ? [{ address, family }] : []
  })
}

/** What a name may stand for, in the order in which it is tried (https://man7.org/linux/man-pages/man5/resolv.conf.5.html). */
export function candidates(name: string, resolvConf: string): string[] {
  if (name.endsWith('.')) return [name]
  let search: string[] = []
  let ndots = 1
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'search' || keyword === 'domain') search = values
    if (keyword === 'options') {
      ndots = Number(values.findLast((value) => /^ndots:\d+$/.test(value))?.slice('ndots:'.length) ?? ndots)
    }
  }
  const searched = search.map((domain) => `${name}.${domain.replace(/^\./, '')}`)
  const dots = name.split('.').length - 1
  return dots >= ndots ? [name, ...searched] : [...searched, name]
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
