import { nodeCrypto } from '../base/node-crypto.ts'
import { dnsAddresses, dnsQuery } from './dns-query.ts'
import type { Answer, Family } from './lookup-answer.ts'

/** A resolver's own defaults are 5 s and 2 tries (https://man7.org/linux/man-pages/man5/resolv.conf.5.html). */
const LIMIT_MS = 1500
const TRIES = 2
const MOST_SERVERS = 3
const DNS_PORT = 53

/**
 * Asks the DNS servers by sockets that keep no process alive. Node's own ways to look a name up do: getaddrinfo occupies a
 * thread that the process joins at its end (https://github.com/libuv/libuv/issues/203), and dns.Resolver keeps the event
 * loop going and knows no search domains (https://github.com/nodejs/node/issues/17850).
 * @param configuration The text of /etc/resolv.conf.
 */
export async function askDns(name: string, configuration: string): Promise<Answer> {
  const servers = process.getBuiltinModule('node:dns').getServers().slice(0, MOST_SERVERS)
  for (const candidate of candidates(name, configuration)) {
    const found = await Promise.all([askServers(servers, candidate, 4), askServers(servers, candidate, 6)])
    const addresses = found.flatMap((known) => known ?? [])
    if (addresses.length > 0) return { addresses }
    if (found.includes(undefined)) return { code: 'EAI_AGAIN' }
  }
  return { code: 'ENOTFOUND' }
}

/** The names to ask for, as `search` and `ndots` of resolv.conf(5) make them of a short one. */
export function candidates(name: string, configuration: string): string[] {
  if (name.endsWith('.')) return [name]
  const lines = configuration.split('\n').map((line) =>
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/),
  )
  const search = lines.findLast(([key]) => key === 'search' || key === 'domain')?.slice(1) ?? []
  const options = lines.filter(([key]) => key === 'options').flatMap(([, ...given]) => given)
  const ndots = Number(options.findLast((option) => option.startsWith('ndots:'))?.slice(6) ?? 1)
  const longer = search.map((domain) => `${name}.${domain.replace(/^\.|\.$/g, '')}`.replace(/\.$/, ''))
  const asItIs = name.split('.').length - 1 >= ndots
  return [...new Set(asItIs ? [name, ...longer] : [...longer, name])]
}

/** One after the other, until one of them answers. */
async function askServers(servers: readonly string[], name: string, family: Family): Promise<string[] | undefined> {
  for (let round = 0; round < TRIES; round++) {
    for (const server of servers) {
      const addresses = await askServer(server, name, family)
      if (addresses) return addresses
    }
  }
  return undefined
}

async function askServer(server: string, name: string, family: Family): Promise<string[] | undefined> {
  const query = dnsQuery(nodeCrypto().randomInt(0x10000), name, family)
  if (query === undefined) return []
  const { host, port } = hostAndPort(server)
  const { createSocket } = process.getBuiltinModule('node:dgram')
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').unref()
    const end = (addresses?: string[]) => {
      clearTimeout(timer)
      socket.close()
      resolve(addresses)
    }
    const timer = setTimeout(end, LIMIT_MS).unref()
    socket.once('error', () => end())
    // Connected, it takes nothing from others, and hears that nobody is there.
    socket.once('connect', () => socket.send(query))
    socket.on('message', (message) => {
      if (message.length > 1 && message.readUInt16BE(0) === query.readUInt16BE(0))
        end(dnsAddresses(query, family, message))
    })
    socket.connect(port, host)
  })
}

/** As dns.getServers() writes them: `10.0.0.2`, `10.0.0.2:5353`, `::1`, `[::1]:5353`. */
function hostAndPort(server: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(server) ?? []
  return { host: bracketed ?? plain ?? server, port: Number(port ?? DNS_PORT) }
}
