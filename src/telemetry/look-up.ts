import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { lookUpByProcess } from './look-up-process.ts'
import { lookUpByServers } from './name-servers.ts'

/** What a process has learnt of names, for a thread that has no time to learn it anew. */
export interface LookedUp {
  readonly addresses: readonly (readonly [name: string, addresses: readonly LookupAddress[]])[]
  /** Not found, or looked for in vain so far. */
  readonly failed: readonly string[]
}

interface Entry {
  readonly since: number
  readonly pending: Promise<readonly LookupAddress[]>
  /** The last that were found, by this look-up or an earlier one. */
  addresses: readonly LookupAddress[] | undefined
  state: 'pending' | 'found' | 'failed'
}

const FRESH_MS = 60_000
/** A metric export a second must not look for the same name every time. */
const FAILED_FOR_MS = 5000
/** One that takes longer is none for an exit. */
const SLOW_MS = 200

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

const entries = new Map<string, Entry>()

/**
 * For connections, in place of `dns.lookup`: that asks the system in a thread of libuv's pool, which can neither be given
 * up nor left behind, so that a process whose resolver hangs ends many seconds late
 * (https://docs.libuv.org/en/v1.x/threadpool.html).
 */
export const lookUp: LookupFunction = (name, { family, all }, done) => {
  const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0)
  addressesOf(name).then(
    (found) => {
      const [first, ...others] = found.filter((address) => wanted === 0 || address.family === wanted)
      if (first === undefined) done(notFound(name), [])
      else if (all) done(null, [first, ...others])
      else done(null, first.address, first.family)
    },
    (error) => done(error, []),
  )
}

/** What is known now. */
export function lookedUp(): LookedUp {
  const now = performance.now()
  const all = [...entries]
  return {
    addresses: all.flatMap(([name, { addresses }]) => (addresses ? [[name, addresses] as const] : [])),
    failed: all.flatMap(([name, { addresses, state, since }]) =>
      !addresses && (state === 'failed' || now - since > SLOW_MS) ? [name] : [],
    ),
  }
}

/** What another thread has learnt holds here. */
export function learn({ addresses, failed }: LookedUp): void {
  const since = performance.now()
  for (const [name, found] of addresses) {
    entries.set(name, { since, pending: Promise.resolve(found), addresses: found, state: 'found' })
  }
  for (const name of failed) {
    const pending = Promise.reject(notFound(name))
    pending.catch(() => {})
    entries.set(name, { since, pending, addresses: undefined, state: 'failed' })
  }
}

async function addressesOf(name: string): Promise<readonly LookupAddress[]> {
  // https://www.rfc-editor.org/rfc/rfc6761#section-6.3
  if (/(?:^|\.)localhost\.?$/i.test(name)) return LOOPBACK
  const known = entries.get(name)
  return (known && !isOver(known) ? known : renewed(name, known)).pending
}

function isOver({ state, since }: Entry): boolean {
  if (state === 'pending') return false
  return performance.now() - since > (state === 'found' ? FRESH_MS : FAILED_FOR_MS)
}

/** Where it fails, what was found before still holds. */
function renewed(name: string, known: Entry | undefined): Entry {
  const before = known?.addresses
  const pending = ask(name).then(
    (found) => {
      Object.assign(entry, { addresses: found, state: 'found' })
      return found
    },
    (error) => {
      entry.state = 'failed'
      if (before) return before
      throw error
    },
  )
  const entry: Entry = { since: performance.now(), pending, addresses: before, state: 'pending' }
  entries.set(name, entry)
  return entry
}

/**
 * By the system's own resolver in a process that can be killed; where name servers can be asked as it would, by them first,
 * which costs no process.
 */
function ask(name: string): Promise<readonly LookupAddress[]> {
  if (process.platform !== 'linux') return lookUpByProcess(name) ?? lookUpByServers(name)
  return lookUpByServers(name).catch((error) => {
    const asked = lookUpByProcess(name)
    if (asked === undefined) throw error
    return asked
  })
}

/** As the system says it. */
function notFound(name: string): Error {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND', hostname: name })
}
