import type { LookupFunction } from 'node:net'
import { clock } from '../base/clock.ts'
import type { Answer } from './lookup-answer.ts'
import { addressesOf, hostsFileAddresses } from './names.ts'

interface Known {
  answer?: Answer
  /** When it was answered last; by clock.now(), as all here. */
  at: number
  asking?: { readonly answer: Promise<Answer>; readonly since: number } | undefined
}

/** Loads sockets, which no start has to pay for. */
const isIP = (text: string) => process.getBuiltinModule('node:net').isIP(text)

const FRESH_MS = 60_000
/** A name that fails is not asked for again at once, by each of three exporters. */
const FAILED_MS = 5000
/** Most lookups have an answer by then. */
const HANGS_MS = 500
const LOOPBACK = { addresses: ['127.0.0.1', '::1'] }

/** One for all copies of this code in a thread: that which sends is loaded apart from that which sees the process end. */
const names: Map<string, Known> = shared()

function shared(): Map<string, Known> {
  const globals = globalThis as unknown as Record<symbol, Map<string, Known> | undefined>
  const key = Symbol.for('goaltrace.names')
  globals[key] ??= new Map()
  return globals[key]
}

/**
 * Like dns.lookup(), for connections, but a lookup neither keeps the process alive nor delays its end. Each name is asked for
 * at most once a minute, in the background if an address is known: that one is used meanwhile, and for as long as asking fails.
 */
export const lookup: LookupFunction = (hostname, { all, family }, done) => {
  void answerFor(hostname).then((answer) => {
    const found = (answer.addresses ?? [])
      .map((address) => ({ address, family: isIP(address) }))
      .filter((one) => !family || one.family === Number(String(family).replace('IPv', '')))
    // Outside the promise, where what is thrown would be lost.
    process.nextTick(() => {
      const [first] = found
      if (first === undefined) done(failure(hostname, answer.code ?? 'ENOTFOUND'), '')
      else if (all) done(null, found)
      else done(null, first.address, first.family)
    })
  })
}

/** What this thread knows of names, for another thread that takes over; also which names fail or hang. */
export function knownAddresses(): (readonly [name: string, answer: Answer])[] {
  const now = clock.now()
  return [...names].flatMap(([name, { answer, asking }]) => {
    if (answer) return [[name, answer] as const]
    return asking && now - asking.since > HANGS_MS ? [[name, { code: 'EAI_AGAIN' }] as const] : []
  })
}

/** The addresses of a name as far as they are known without asking for them; undefined where it has to be looked up. */
export function addressesKnown(hostname: string): readonly string[] | undefined {
  const name = plain(hostname)
  return fixed(name)?.addresses ?? names.get(name)?.answer?.addresses ?? hostsFileAddresses(name)
}

/** Known names for a thread that has no time to look them up again, or to wait until they fail. */
export function useAddresses(known: readonly (readonly [name: string, answer: Answer])[]): void {
  for (const [name, answer] of known) names.set(name, { answer, at: clock.now() })
}

async function answerFor(hostname: string): Promise<Answer> {
  const name = plain(hostname)
  const answer = fixed(name)
  if (answer) return answer
  const known = names.get(name) ?? { at: Number.NEGATIVE_INFINITY }
  names.set(name, known)
  const age = clock.now() - known.at
  if (known.answer && age < (known.answer.addresses ? FRESH_MS : FAILED_MS)) return known.answer
  known.asking ??= { answer: ask(name, known), since: clock.now() }
  return known.answer?.addresses ? known.answer : known.asking.answer
}

function plain(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase()
}

/**
 * What an IP address or a name of this machine (https://www.rfc-editor.org/rfc/rfc6761#section-6.3) stands for, which
 * nobody has to be asked for; undefined for another name.
 */
function fixed(name: string): { addresses: readonly string[] } | undefined {
  if (isIP(name)) return { addresses: [name] }
  return /(^|\.)localhost\.?$/.test(name) ? LOOPBACK : undefined
}

async function ask(name: string, known: Known): Promise<Answer> {
  const answer = await addressesOf(name).catch((): Answer => ({ code: 'EAI_AGAIN' }))
  known.asking = undefined
  if (answer.addresses || !known.answer?.addresses) known.answer = answer
  known.at = clock.now()
  return known.answer ?? answer
}

function failure(hostname: string, code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), { code, syscall: 'getaddrinfo', hostname })
}
