import { describe, expect, it } from 'vitest'
import { AgentFolder, LATE } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'

const LOGS = '/v1/logs'
const TRACES = '/v1/traces'
const METRICS = '/v1/metrics'
const WARN = { OTEL_LOG_LEVEL: 'warn' }
/** An agent that starts again creates its goal anew. */
const JUST_ITS_OWN = 1

/** A receiver that has a place for these signals only. */
async function takingOnly(paths: readonly string[], status = 404): Promise<Receiver> {
  const receiver = await Receiver.start()
  receiver.refuses = (path) => (paths.includes(path) ? undefined : status)
  return receiver
}

const names = (receiver: Receiver) => ({
  logs: receiver.logs.length > 0,
  spans: receiver.spans.length > 0,
  metrics: receiver.metrics.length > 0,
})

const SPANS_ALONE = { logs: false, spans: true, metrics: false }

describe('a receiver that takes', () => {
  it.each([404, 405, 415, 501])(
    'spans only (%s for the rest) gets every span, and no event is pending',
    async (status) => {
      const receiver = await takingOnly([TRACES], status)
      const folder = new AgentFolder()
      const { stderr, stdout } = await folder.run(receiver.url, [5, 'end', 50], WARN)
      expect([names(receiver), stdout]).toEqual([SPANS_ALONE, 'committed 5\n'])
      expect(
        stderr.match(/takes no log records \(it answers \d+ [\w ]+\), but other signals: no event is sent/g),
      ).toHaveLength(1)
      expect(stderr.match(/the receiver does not accept metrics: it answers/g)).toHaveLength(1)
      const later = await Receiver.start()
      await folder.run(later.url, [0, 'end'], LATE)
      expect(later.logs).toHaveLength(JUST_ITS_OWN)
    },
  )

  it.each(['end', 'exit', 'throw'])('spans only gets them from an agent that ends at once by %s', async (how) => {
    const receiver = await takingOnly([TRACES])
    await new AgentFolder().run(receiver.url, [5, how], LATE)
    expect(names(receiver)).toEqual(SPANS_ALONE)
  })

  it.each([
    ['log records', [LOGS], { logs: true, spans: false, metrics: false }],
    ['metrics', [METRICS], { logs: false, spans: false, metrics: true }],
    ['log records and spans', [LOGS, TRACES], { logs: true, spans: true, metrics: false }],
  ])(
    '%s only gets all of them, is asked for nothing else again and again, and nothing is pending',
    async (_, paths, taken) => {
      const receiver = await takingOnly(paths)
      const folder = new AgentFolder()
      await folder.run(receiver.url, [40, 'end', 20], WARN)
      expect(names(receiver)).toEqual(taken)
      const refused = receiver.requests.filter(({ path }) => !paths.includes(path))
      expect(refused.length).toBeLessThanOrEqual(4)
      const later = await Receiver.start()
      await folder.run(later.url, [0, 'end'], LATE)
      expect(later.logs).toHaveLength(JUST_ITS_OWN)
    },
  )

  it.each([{ OTEL_LOGS_EXPORTER: 'otlp' }, { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'HERE/v1/logs' }])(
    'spans only keeps no event from the next one, where %j has asked for log records',
    async (asks: NodeJS.ProcessEnv) => {
      const receiver = await takingOnly([TRACES])
      const folder = new AgentFolder()
      const env = Object.fromEntries(
        Object.entries(asks).map(([name, text]) => [name, text?.replace('HERE', receiver.url)]),
      )
      await folder.run(receiver.url, [5, 'end'], { ...LATE, ...env })
      const later = await Receiver.start()
      await folder.run(later.url, [0, 'end'], LATE)
      expect(new Set(later.uids).size).toBe(folder.committed())
    },
  )

  it.each([404, 400])('nothing at its path (%s) keeps every event pending', async (status) => {
    const receiver = await takingOnly([], status)
    const folder = new AgentFolder()
    await folder.run(receiver.url, [5, 'end'], LATE)
    receiver.refuses = undefined
    await folder.run(receiver.url, [0, 'end'], LATE)
    expect(new Set(receiver.uids).size).toBe(folder.committed())
  })

  it.each(['end', 'exit'])(
    'protobuf alone (415) is sent that from then on, by an agent that ends by %s',
    async (how) => {
      const receiver = await Receiver.start()
      receiver.refuses = (_, type) => (type === 'application/json' ? 415 : undefined)
      const { stderr } = await new AgentFolder().run(receiver.url, [5, how], { ...LATE, ...WARN })
      expect([new Set(receiver.uids).size, names(receiver)]).toEqual([6, { logs: true, spans: true, metrics: true }])
      const refused = receiver.requests.filter(({ type }) => type === 'application/json')
      expect(refused.map(({ path }) => path).sort()).toEqual([LOGS, METRICS, TRACES])
      expect(stderr).not.toContain('goaltrace')
    },
  )

  it('protobuf alone is not sent it where JSON was asked for, and the spans that it refuses are reported as lost', async () => {
    const receiver = await Receiver.start()
    receiver.refuses = (path, type) => (path === TRACES && type === 'application/json' ? 415 : undefined)
    const env = { ...WARN, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }
    const { stderr } = await new AgentFolder().run(receiver.url, [5, 'end', 50], env)
    expect([new Set(receiver.uids).size, receiver.spans.length]).toEqual([6, 0])
    expect(stderr).toContain(
      'the receiver does not accept spans, which are lost: it answers 415 Unsupported Media Type',
    )
  })
})
