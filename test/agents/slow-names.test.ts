import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { DnsServer } from '../telemetry/dns-server.ts'
import { systemResolver } from '../telemetry/system-resolver.ts'
import { AgentFolder } from './run-agent.ts'

/** No lookup of this name ever ends, neither by DNS nor by the system: an agent that waits for one never ends either. */
const HANGING = 'http://collector.example:4318'

async function hanging(): Promise<NodeJS.ProcessEnv> {
  const server = await DnsServer.start()
  server.silent = true
  return { ...systemResolver('hangs'), NODE_OPTIONS: server.options }
}

describe("an agent exits although the lookup of its receiver's name never ends", () => {
  it.each([
    ['when its event loop runs empty', [3, 'end'], 0],
    ['when its event loop runs empty, after a while', [25, 'end', 100], 0],
    ['by process.exit()', [3, 'exit'], 3],
    ['by process.exit(), after a while', [25, 'exit', 100], 3],
    ['by an uncaught exception', [3, 'throw'], 1],
  ] as const)('%s', async (_, args, code) => {
    const folder = new AgentFolder()
    const end = await folder.run(HANGING, args, await hanging())
    expect(end.code).toBe(code)
    expect(folder.committed()).toBe(args[0] + 1)
  })

  it.each(['METRICS', 'TRACES'])('where only %s are sent there', async (signal) => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const end = await folder.run(receiver.url, [25, 'end', 100], {
      ...(await hanging()),
      [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]: HANGING,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    })
    expect(end.code).toBe(0)
    expect(receiver.logs.length).toBeGreaterThan(0)
  })
})

/** Sends through a proxy, and has nothing else to do. */
const THROUGH_PROXY = `
import { request } from 'node:http'
import { request as secure } from 'node:https'
import { unrefAgents } from './src/telemetry/unref-agents.ts'
const proxy = 'http://proxy.example:3128'
const agents = unrefAgents({ timeout: 1e9, proxies: () => ({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy }) })
for (const ask of [request, secure]) {
  const protocol = ask === secure ? 'https:' : 'http:'
  ask({ protocol, host: 'collector.example', agent: agents(protocol) }).on('error', console.log).end()
}
setTimeout(() => console.log('last word'), 500)`

// Node 20 has no built-in proxy support; this test runs on a Node that has.
it("a process exits although the lookup of its proxy's name never ends", async () => {
  const node = 'node_modules/node/bin/node'
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', THROUGH_PROXY]
  const env = { ...process.env, ...(await hanging()) }
  const child = spawn(node, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [out] = await Promise.all([text(child.stdout), once(child, 'close')])
  expect(out).toBe('last word\n')
})

describe('events are delivered where the name of the receiver', () => {
  it.each([
    ['is known to DNS', { 'collector.example': ['127.0.0.1'] }, 'hangs'],
    ['is known to the system alone', {}, 'answers'],
  ] as const)('%s', async (_, names, mood) => {
    const receiver = await Receiver.start()
    const server = await DnsServer.start(names)
    const folder = new AgentFolder()
    const agent = folder.start(receiver.url.replace('127.0.0.1', 'collector.example'), [3, 'stay'], {
      ...systemResolver(mood),
      NODE_OPTIONS: server.options,
    })
    await expect.poll(() => new Set(receiver.uids).size, { timeout: 60_000 }).toBe(4)
    agent.child.kill('SIGKILL')
  })
})
