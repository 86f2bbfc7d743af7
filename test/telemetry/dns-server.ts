import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

const NO_SUCH_NAME = 3
const TYPES = { A: 1, AAAA: 28, CNAME: 5 }
/** Where the question's name stands. */
const SAME_NAME = [0xc0, 12]

/** A DNS server on loopback that answers of its names, says that others do not exist, and is silent when asked to. */
export class DnsServer {
  readonly names = new Map<string, readonly string[]>()
  readonly asked: string[] = []
  silent = false
  readonly #socket = createSocket('udp4')

  /** Gone when the test is over. */
  static async start(names: Readonly<Record<string, readonly string[]>> = {}): Promise<DnsServer> {
    const server = new DnsServer()
    for (const [name, addresses] of Object.entries(names)) server.names.set(name, addresses)
    server.#socket.bind(0, '127.0.0.1')
    await once(server.#socket, 'listening')
    server.#socket.on('message', (query, { port, address }) => {
      const name = nameOf(query)
      server.asked.push(name)
      if (!server.silent) server.#socket.send(answerTo(query, server.names.get(name)), port, address)
    })
    onTestFinished(() => void server.#socket.close())
    return server
  }

  /** As dns.setServers() takes it. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  /** NODE_OPTIONS for an agent that asks this server. */
  get options(): string {
    const source = `import dns from 'node:dns'; dns.setServers(['${this.address}'])`
    return `--import data:text/javascript,${encodeURIComponent(source)}`
  }
}

function nameOf(query: Buffer): string {
  const labels: string[] = []
  for (let at = 12; query[at]; at += 1 + (query[at] ?? 0)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)))
  }
  return labels.join('.')
}

/** Behind an alias, as the names of clouds are. */
function answerTo(query: Buffer, addresses: readonly string[] | undefined): Buffer {
  const type = query.readUInt16BE(query.length - 4)
  const found = (addresses ?? []).filter((address) => (address.includes(':') ? TYPES.AAAA : TYPES.A) === type)
  const answers = found.map((address) => record(type, bytesOf(address)))
  const all = addresses ? [record(TYPES.CNAME, Buffer.from('\u0005alias\u0000', 'latin1')), ...answers] : []
  const message = Buffer.concat([query, ...all])
  message.writeUInt16BE(0x8180 | (addresses ? 0 : NO_SUCH_NAME), 2)
  message.writeUInt16BE(all.length, 6)
  return message
}

function record(type: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...SAME_NAME, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data])
}

function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  return Buffer.from(
    address.split(':').flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]),
  )
}
