import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { AgentFolder, LATE } from '../agents/run-agent.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
let folder: string
const file = (name: string) => join(folder, name)

/** A certificate for loopback that nothing of the system's has signed. */
function certificate(name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  const to = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...to], {
    stdio: 'ignore',
  })
}

/** Counts requests by path; of clients that show no certificate where one is asked for, there are none. */
async function receiver(demands: object = {}) {
  const paths: string[] = []
  const tls = { key: readFileSync(file('server.key')), cert: readFileSync(file('server.pem')), ...demands }
  const server = createServer(tls, (request, response) => {
    paths.push(String(request.url))
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { paths, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const SIGNALS = ['/v1/logs', '/v1/metrics', '/v1/traces']
const within = { timeout: 60_000 }

describe.skipIf(!hasOpenssl)('a receiver whose certificate is not signed by an authority that the system knows', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'goaltrace-tls-'))
    for (const name of ['server', 'client']) certificate(name)
    return () => rmSync(folder, { recursive: true, force: true })
  })

  it('gets all signals of an agent that names it by OTEL_EXPORTER_OTLP_CERTIFICATE', async () => {
    const { paths, url } = await receiver()
    new AgentFolder().start(url, [2, 'stay'], { OTEL_EXPORTER_OTLP_CERTIFICATE: file('server.pem') })
    await expect.poll(() => [...new Set(paths)].sort(), within).toEqual(SIGNALS)
  })

  it('gets the signal alone for which it is named', async () => {
    const { paths, url } = await receiver()
    new AgentFolder().start(url, [2, 'stay'], { OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: file('server.pem') })
    await expect.poll(() => paths.length, within).toBeGreaterThan(0)
    expect(new Set(paths)).toEqual(new Set(['/v1/logs']))
  })

  it('gets nothing of an agent that does not, and one line says why', async () => {
    const { paths, url } = await receiver()
    const env = { OTEL_LOG_LEVEL: 'warn' }
    const { stderr } = await new AgentFolder().run(url, [5, 'end', 100], env)
    expect(paths).toEqual([])
    expect(stderr).toMatch(/are pending in the outbox of \S+, since delivering them failed: .*self-signed certificate/)
  })

  it('and that demands one gets it by OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _CLIENT_KEY', async () => {
    const { paths, url } = await receiver({ ca: readFileSync(file('client.pem')), requestCert: true })
    const env = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: file('server.pem'),
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: file('client.pem'),
      OTEL_EXPORTER_OTLP_CLIENT_KEY: file('client.key'),
    }
    new AgentFolder().start(url, [2, 'stay'], env)
    await expect.poll(() => [...new Set(paths)].sort(), within).toEqual(SIGNALS)
  })

  it('gets what an agent leaves when it ends at once', async () => {
    const { paths, url } = await receiver()
    const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: file('server.pem') }
    const folder = new AgentFolder()
    await folder.run(url, [1, 'exit'], { ...env, ...LATE })
    expect(paths).toContain('/v1/logs')
  })
})
