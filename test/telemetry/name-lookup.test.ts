import { setServers } from 'node:dns'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { candidates } from '../../src/telemetry/dns-servers.ts'
import { knownAddresses, lookup } from '../../src/telemetry/name-lookup.ts'
import { hostsAddresses } from '../../src/telemetry/names.ts'
import { unrefAgents } from '../../src/telemetry/unref-agents.ts'
import { DnsServer } from './dns-server.ts'
import { systemResolver } from './system-resolver.ts'

/** Of a name, as a connection asks for them. */
function addresses(name: string, options: object = { all: true }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    lookup(name, options, (error, address) => (error ? reject(error) : resolve(address)))
  })
}

/** The system fails for names below `.example`, unless it is to do otherwise. */
async function asking(
  names: Readonly<Record<string, readonly string[]>>,
  mood: Parameters<typeof systemResolver>[0] = 'fails',
): Promise<DnsServer> {
  const server = await DnsServer.start(names)
  setServers([server.address])
  for (const [name, value] of Object.entries(systemResolver(mood))) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  return server
}

const V4 = { address: '127.0.0.1', family: 4 }
const V6 = 'fd00:0000:0000:0000:0000:0000:0000:0001'

describe('an address of a receiver', () => {
  it.each([
    ['127.0.0.1', [V4]],
    ['::1', [{ address: '::1', family: 6 }]],
    ['[::1]', [{ address: '::1', family: 6 }]],
    ['localhost', [V4, { address: '::1', family: 6 }]],
    ['collector.localhost', [V4, { address: '::1', family: 6 }]],
  ])('%s is looked up nowhere', async (name, expected) => {
    const server = await asking({}, 'hangs')
    server.silent = true
    expect(await addresses(name)).toEqual(expected)
    expect(server.asked).toEqual([])
  })

  it('that DNS knows is found behind its alias, in both families, and asked for once', async () => {
    const server = await asking({ 'both.example': ['127.0.0.1', 'fd00:0:0:0:0:0:0:1'] })
    const all = await Promise.all([addresses('both.example'), addresses('Both.example')])
    expect(all[0]).toEqual([V4, { address: V6, family: 6 }])
    expect(all[1]).toEqual(all[0])
    expect(await addresses('both.example', { family: 6 })).toBe(V6)
    expect(await addresses('both.example', {})).toBe('127.0.0.1')
    expect(server.asked).toEqual(['both.example', 'both.example'])
  })

  it('that DNS does not know is found where the system knows it', async () => {
    await asking({}, 'answers')
    expect(await addresses('printer.example')).toEqual([V4])
  })

  it('that does not exist fails as getaddrinfo fails', async () => {
    await asking({})
    await expect(addresses('nobody.example')).rejects.toMatchObject({
      message: 'getaddrinfo ENOTFOUND nobody.example',
      code: 'ENOTFOUND',
      hostname: 'nobody.example',
    })
  })

  it('that is not known yet is found once it is', async () => {
    const server = await asking({})
    await expect(addresses('late.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    server.names.set('late.example', ['127.0.0.1'])
    await expect.poll(() => addresses('late.example').catch(() => []), { timeout: 60_000 }).toEqual([V4])
  })

  it('that is known is used by another thread, and one that fails or hangs not asked for there', async () => {
    const server = await asking({ 'known.example': ['127.0.0.1'] }, 'hangs')
    await addresses('known.example')
    void addresses('hanging.example').catch(() => {})
    await expect
      .poll(() => knownAddresses(), { timeout: 60_000 })
      .toContainEqual(['hanging.example', { code: 'EAI_AGAIN' }])
    const known = JSON.parse(JSON.stringify(knownAddresses()))
    expect(known).toContainEqual(['known.example', { addresses: ['127.0.0.1'] }])

    vi.resetModules()
    Reflect.deleteProperty(globalThis, Symbol.for('goaltrace.names'))
    const other = await import('../../src/telemetry/name-lookup.ts')
    other.useAddresses(known)
    server.asked.length = 0
    const answers = ['known.example', 'hanging.example'].map(
      (name) =>
        new Promise((resolve) => other.lookup(name, { all: true }, (error, all) => resolve(error?.code ?? all))),
    )
    expect(await Promise.all(answers)).toEqual([[V4], 'EAI_AGAIN'])
    expect(server.asked).toEqual([])
  })
})

describe("the exporters' connections", () => {
  it.each(['named.example', 'localhost', '127.0.0.1'])('reach %s', async (name) => {
    await asking({ 'named.example': ['127.0.0.1'] })
    const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const agent = unrefAgents({ timeout: 1000, proxies: () => undefined })('http:')
    onTestFinished(() => agent.destroy())
    const { port } = server.address() as AddressInfo
    const status = await new Promise((resolve, reject) => {
      request({ host: name, port, agent }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
  })
})

describe('a short name', () => {
  it.each([
    ['collector', '', ['collector']],
    ['collector', 'search corp.example lab.example', ['collector.corp.example', 'collector.lab.example', 'collector']],
    ['a.b', 'domain corp.example', ['a.b', 'a.b.corp.example']],
    [
      'otel.monitoring',
      'search svc.cluster.local\noptions ndots:5',
      ['otel.monitoring.svc.cluster.local', 'otel.monitoring'],
    ],
    ['otel.monitoring.', 'search svc.cluster.local\noptions ndots:5', ['otel.monitoring.']],
    ['collector', 'search .', ['collector']],
    ['collector', '# search no\nsearch a.example ; one\noptions ndots:0', ['collector', 'collector.a.example']],
  ])('%s, %j', (name, configuration, expected) => {
    expect(candidates(name, configuration)).toEqual(expected)
  })
})

it('/etc/hosts names addresses, in any case and by aliases, but not in comments', () => {
  const hosts =
    '# 10.0.0.9 collector\n10.0.0.1\tCollector other # more\nfd00::1 gate collector\n10.0.0.2 collector2\nnone collector'
  expect(hostsAddresses('collector', hosts)).toEqual(['10.0.0.1', 'fd00::1'])
  expect(hostsAddresses('more', hosts)).toEqual([])
})
