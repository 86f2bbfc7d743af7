import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AgentFolder, LATE } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const knowsProxies = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21)
const within = { timeout: 60_000 }

/** Passes on what it is asked for, whatever the name, to the one receiver there is; silent where it is to hang. */
async function proxy(receiver: Receiver, hangs = false) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(String(request.url))
    if (hangs) return
    const to = new URL(new URL(String(request.url)).pathname, receiver.url)
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      try {
        const answer = await fetch(to, { method: 'POST', body: Buffer.concat(chunks) })
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
      } catch {
        // The receiver ends with its test, while the agent may still be sending.
        response.destroy()
      }
    })
  })
  server.on('connect', (request, socket, head) => {
    asked.push(`CONNECT ${request.url}`)
    if (hangs) return
    const { port } = new URL(receiver.url)
    const through = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      through.write(head)
      socket.pipe(through).pipe(socket)
    })
    through.on('error', () => socket.destroy())
    socket.on('error', () => through.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe.skipIf(!knowsProxies)('an agent that Node sends through a proxy', () => {
  it('has its events go through it, by NODE_USE_ENV_PROXY, as its own requests', async () => {
    const receiver = await Receiver.start()
    const { asked, url } = await proxy(receiver)
    const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: url, NO_PROXY: 'elsewhere' }
    new AgentFolder().start('http://receiver.invalid:4318', [2, 'stay'], env)
    await expect.poll(() => receiver.logs.length, within).toBe(3)
    expect(asked).toContain('http://receiver.invalid:4318/v1/logs')
  })

  it('has them go past it where NO_PROXY says so', async () => {
    const receiver = await Receiver.start()
    const { asked, url } = await proxy(receiver)
    const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: url, NO_PROXY: '127.0.0.1' }
    new AgentFolder().start(receiver.url, [2, 'stay'], env)
    await expect.poll(() => receiver.logs.length, within).toBe(3)
    expect(asked).toEqual([])
  })

  it('has them go past it where Node is not set to use it', async () => {
    const receiver = await Receiver.start()
    const { asked, url } = await proxy(receiver)
    new AgentFolder().start(receiver.url, [2, 'stay'], { HTTP_PROXY: url })
    await expect.poll(() => receiver.logs.length, within).toBe(3)
    expect(asked).toEqual([])
  })

  it('asks for a tunnel to a receiver with https, ends though none is made, and keeps its events', async () => {
    const receiver = await Receiver.start()
    const { asked, url } = await proxy(receiver, true)
    const folder = new AgentFolder()
    const env = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: url }
    const run = folder.start('https://receiver.invalid:4318', [5, 'end', 100], env)
    expect((await run.ended).code).toBe(0)
    expect(asked).toContain('CONNECT receiver.invalid:4318')
    // As soon as it can be reached, they are there.
    folder.start(receiver.url, [0, 'stay'])
    await expect.poll(() => new Set(receiver.uids).size, within).toBe(7)
  })

  it('has what it leaves at its exit go through it, though its command line alone says so', async () => {
    const receiver = await Receiver.start()
    const { asked, url } = await proxy(receiver)
    const folder = new AgentFolder()
    const env = { HTTP_PROXY: url, NODE_OPTIONS: '--use-env-proxy', ...LATE }
    await folder.run('http://receiver.invalid:4318', [1, 'exit'], env)
    expect(asked).toContain('http://receiver.invalid:4318/v1/logs')
  })
})
