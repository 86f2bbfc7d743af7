import { describe, expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { DnsServer } from '../telemetry/dns-server.ts'
import { systemResolver } from '../telemetry/system-resolver.ts'
import { AgentFolder } from './run-agent.ts'

/** No look-up of this name ever ends, neither by DNS nor by the system: an agent that waits for one never ends either. */
const HANGING = 'http://collector.example:4318'

async function hanging(): Promise<NodeJS.ProcessEnv> {
  const server = await DnsServer.start()
  server.silent = true
  return { ...systemResolver('hangs'), NODE_OPTIONS: server.options }
}

describe("an agent whose receiver's name is looked up for ever ends all the same", () => {
  it.each([
    ['at its natural end', [3, 'end'], 0],
    ['at its natural end, after it has lived a while', [25, 'end', 100], 0],
    ['by process.exit()', [3, 'exit'], 3],
    ['by process.exit(), after it has lived a while', [25, 'exit', 100], 3],
    ['by an uncaught exception', [3, 'throw'], 1],
  ] as const)('%s', async (_, args, code) => {
    const folder = new AgentFolder()
    const end = await folder.run(HANGING, args, await hanging())
    expect(end.code).toBe(code)
    expect(folder.committed()).toBe(args[0] + 1)
  })

  it.each(['METRICS', 'TRACES'])('where only %s go there', async (signal) => {
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

describe('events arrive where the name of the receiver', () => {
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
    await expect.poll(() => new Set(receiver.uids).size, { timeout: 20_000 }).toBe(4)
    agent.child.kill('SIGKILL')
  })
})
