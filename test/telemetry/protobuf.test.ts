import { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { protobufLogs } from '../../src/telemetry/protobuf-logs.ts'
import { protobufSpans } from '../../src/telemetry/protobuf-spans.ts'
import { AgentFolder, LATE } from '../agents/run-agent.ts'
import { type Mood, Receiver } from '../receiver.ts'
import { randomRecords, randomSpans } from './random-signals.ts'

const PROTOBUF = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }
const [JSON_TYPE, PROTOBUF_TYPE] = ['application/json', 'application/x-protobuf']

const typesOf = ({ requests }: Receiver) =>
  Object.fromEntries(requests.map(({ path, type }) => [path.replace('/v1/', ''), type]))

describe('OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf', () => {
  it.each([
    ['delivers while the agent runs', [5, 'end', 100], {}],
    ['delivers before the event loop runs empty', [20, 'end'], LATE],
    ['delivers at process.exit(), in the agent’s own thread', [20, 'exit'], LATE],
    ['delivers at process.exit(), in a thread', [20, 'exit'], { ...LATE, NODE_USE_ENV_PROXY: '1' }],
    ['delivers compressed', [20, 'exit'], { ...LATE, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }],
  ])('%s: what arrives is what JSON would have said', async (_, args, env: NodeJS.ProcessEnv) => {
    const [inProtobuf, inJson] = [await Receiver.start(), await Receiver.start()]
    const [folder, other] = [new AgentFolder(), new AgentFolder()]
    await folder.run(inProtobuf.url, args, { ...env, ...PROTOBUF })
    await other.run(inJson.url, args, env)
    expect(new Set(inProtobuf.uids).size).toBe(folder.committed())
    expect(typesOf(inProtobuf)).toEqual({ logs: PROTOBUF_TYPE, traces: PROTOBUF_TYPE, metrics: PROTOBUF_TYPE })
    expect(shapeOf(inProtobuf)).toEqual(shapeOf(inJson))
  })

  it('of one signal is followed by it alone', async () => {
    const receiver = await Receiver.start()
    const env = { ...LATE, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' }
    await new AgentFolder().run(receiver.url, [5, 'end'], env)
    expect(typesOf(receiver)).toEqual({ logs: JSON_TYPE, traces: PROTOBUF_TYPE, metrics: JSON_TYPE })
  })

  it('says how many log records a receiver rejects in its answer', async () => {
    const receiver = await Receiver.start()
    receiver.rejects = 'agent_goal.created'
    const env = { ...PROTOBUF, OTEL_LOG_LEVEL: 'warn' }
    const { stderr } = await new AgentFolder().run(receiver.url, [5, 'end', 100], env)
    expect(stderr).toMatch(/the receiver has rejected 1 of \d log records, and does not say which: too old/)
  })

  it('takes an answer in JSON for one', async () => {
    const receiver = await Receiver.start()
    receiver.answersInJson = true
    receiver.rejects = 'agent_goal.created'
    const env = { ...PROTOBUF, OTEL_LOG_LEVEL: 'warn' }
    const { stderr } = await new AgentFolder().run(receiver.url, [5, 'end', 100], env)
    expect(stderr).toMatch(/the receiver has rejected 1 of \d log records, and does not say which: too old/)
  })

  it.each([404, 'nonsense', 503] as Mood[])('keeps everything pending for a receiver that answers %s', async (mood) => {
    const receiver = await Receiver.start()
    receiver.mood = mood
    const folder = new AgentFolder()
    await folder.run(receiver.url, [5, 'exit'], { ...LATE, ...PROTOBUF })
    receiver.mood = 'ok'
    await folder.run(receiver.url, [0, 'end'], { ...LATE, ...PROTOBUF })
    expect(new Set(receiver.uids).size).toBe(folder.committed())
  })

  it('writes each record byte for byte as OpenTelemetry’s serializer does', () => {
    fc.assert(
      fc.property(randomRecords, (records) => {
        const expected = ProtobufLogsSerializer.serializeRequest(records as never)
        expect(Buffer.from(protobufLogs(records)).equals(expected ?? Buffer.of())).toBe(true)
      }),
    )
  })

  it('writes each span byte for byte as OpenTelemetry’s serializer does', () => {
    fc.assert(
      fc.property(randomSpans, (spans) => {
        const expected = ProtobufTraceSerializer.serializeRequest(spans)
        expect(Buffer.from(protobufSpans(spans)).equals(expected ?? Buffer.of())).toBe(true)
      }),
    )
  })
})

/** What does not differ from run to run. */
function shapeOf({ logs, spans, metrics }: Receiver) {
  const names = (attributes: object) => Object.keys(attributes).sort()
  return {
    logs: logs.map(({ eventName, attributes }) => [eventName, attributes['agent_goal.status'], names(attributes)]),
    spans: spans.map(({ name, kind, attributes }) => [name, kind, names(attributes)]),
    metrics: [...new Set(metrics.map(({ name }) => name))].sort(),
  }
}
