import type { ServerResponse } from 'node:http'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CONFIGS, Collector, describeWithCollector, textOf, until } from './collector.ts'
import type { Sent } from './loopback-server.ts'
import { OtlpServer } from './otlp-server.ts'
import { expected, outcomesAt, payloadsAt, sorted } from './outcomes.ts'
import { qwenRecords } from './random-qwen-records.ts'
import { goalRecords } from './random-records.ts'
import { type GoalRecord, recordings, requestOf, withAttribute } from './records.ts'

const WIRE = 'config-codex-wire.yaml'
const usage = recordings().find(({ record }) => record.eventName === 'agent_goal.usage_accounted')?.record as GoalRecord
/** Events of one goal, told apart by their tokens. */
const events = (count: number, first = 0) =>
  Array.from({ length: count }, (_, at) =>
    withAttribute(usage, 'agent_goal.usage.tokens', { intValue: String(first + at) }),
  )
const tokensOf = (payload: unknown) =>
  Number(
    (payload as { event_params: { cumulative_tokens_accounted: bigint } }).event_params.cumulative_tokens_accounted,
  )

/** Some events are as large as many of the others. */
const records = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: goalRecords }, { weight: 1, arbitrary: qwenRecords }),
    fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 40_000 }) }),
    fc.constantFrom('t', '"', '<', '\u0001', 'é', '😀'),
  )
  .map(([record, length, filling]) =>
    length === 0 ? record : withAttribute(record, 'agent_goal.turn.id', { stringValue: filling.repeat(length) }),
  )
const scopes = fc.array(fc.array(records, { maxLength: 60, size: 'max' }), { minLength: 1, maxLength: 3 })
const requests = fc.sample(
  fc.array(fc.record({ resource: goalRecords.map(({ resource }) => resource), scopes }), {
    minLength: 1,
    maxLength: 4,
  }),
  { seed: 20_260_103, numRuns: 40 },
)

describeWithCollector.each(CONFIGS)('with %s, a request of many records', (config) => {
  it('of several resources and scopes becomes the same as each of its records alone', async () => {
    await using analytics = await OtlpServer.start()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url }, textOf(config))
    const outcomes = () => outcomesAt(config, analytics.requests, collector.refused())
    const all = requests.flatMap((request) =>
      request.flatMap(({ resource, scopes }) => scopes.flat().map((record) => ({ ...record, resource }))),
    )
    const goals = all.flatMap(expected)
    for (const request of requests) expect(await collector.post('logs', requestOf(request))).toBe(200)
    await until(() => outcomes().length >= goals.length, 60, 'all goal events come out')
    expect(sorted(outcomes())).toEqual(sorted(goals))
    expect(goals.filter((one) => 'payload' in one).length).toBeGreaterThan(300)
    expect(goals.filter((one) => 'refused' in one).length).toBeGreaterThan(300)
  }, 90_000)

  it('holds nothing that a sender has under a name of the Collector’s own', async () => {
    await using analytics = await OtlpServer.start()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url }, textOf(config))
    const resource = [...usage.resource]
    for (const name of ['events', 'fault', 'last', 'runtime', 'size']) {
      resource.push({ key: `goaltrace.check.${name}`, value: { stringValue: 'of the sender' } })
    }
    expect(await collector.post('logs', requestOf([{ resource, scopes: [events(2)] }]))).toBe(200)
    const received = () => payloadsAt(config, analytics.requests)
    await until(() => received().length >= 2, 20, 'the events come out')
    const payloads = events(2).flatMap(expected)
    expect(received().map((payload) => ({ payload }))).toEqual(payloads)
  })
})

describeWithCollector(`with ${WIRE}, events that come together`, () => {
  it('go in requests of 16 to 32 KB, in their order', async () => {
    await using analytics = await OtlpServer.start()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url }, textOf(WIRE))
    const { resource } = usage
    expect(await collector.post('logs', requestOf([{ resource, scopes: [events(300), events(212, 300)] }]))).toBe(200)
    await until(() => payloadsAt(WIRE, analytics.requests).length >= 512, 20, 'all events come out')
    const parts = analytics.requests.map((request) => payloadsAt(WIRE, [request]).map(tokensOf))
    expect(parts.flat()).toEqual(Array.from({ length: 512 }, (_, at) => at))
    const sizes = analytics.requests.map(({ headers }) => Number(headers['content-length']))
    for (const size of sizes.slice(0, -1)) expect(Math.abs(size - 16_384)).toBeLessThan(1000)
    expect(sizes.at(-1)).toBeGreaterThan(16_384)
    expect(sizes.at(-1)).toBeLessThan(2 * 16_384 + 1000)
  })

  it('are dropped together, and no others, where the backend refuses one of them', async () => {
    await using analytics = new RefusingServer(`"cumulative_tokens_accounted":100,`)
    await analytics.up()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url }, textOf(WIRE))
    const { resource } = usage
    expect(await collector.post('logs', requestOf([{ resource, scopes: [events(512)] }]))).toBe(200)
    await until(() => collector.log.includes('Dropping data.') && analytics.refused > 0, 20, 'the request is dropped')
    await until(() => payloadsAt(WIRE, analytics.requests).length >= 512 - analytics.refused, 20, 'the others come')
    expect(payloadsAt(WIRE, analytics.requests)).toHaveLength(512 - analytics.refused)
    expect(analytics.refused).toBeLessThan(40)
  })

  it('are all delivered, although the Collector is killed among them', async () => {
    await using analytics = new HangingServer()
    await analytics.up()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url }, textOf(WIRE))
    const { resource } = usage
    for (let first = 0; first < 4096; first += 512) {
      expect(await collector.post('logs', requestOf([{ resource, scopes: [events(512, first)] }]))).toBe(200)
    }
    await until(() => analytics.hangs, 20, 'some are delivered, and some on their way')
    await collector.end('SIGKILL')
    analytics.takes = Number.POSITIVE_INFINITY
    await collector.start()
    const received = () => payloadsAt(WIRE, analytics.requests).map(tokensOf)
    await until(() => new Set(received()).size >= 4096, 20, 'all events come out')
    console.log(`${received().length - 4096} of 4096 events came twice`)
  })
})

/** Refuses requests with this text. */
class RefusingServer extends OtlpServer {
  /** Events of those requests. */
  refused = 0
  readonly #text: string

  constructor(text: string) {
    super()
    this.#text = text
  }

  protected override answer(sent: Sent, response: ServerResponse): void {
    const body = sent.body.toString()
    if (body.includes(this.#text)) {
      this.refused += body.split('"event_type"').length - 1
      response.writeHead(400).end()
    } else {
      super.answer(sent, response)
    }
  }
}

/** Takes so many requests, and lets the others wait. */
class HangingServer extends OtlpServer {
  takes = 20
  hangs = false

  protected override answer(sent: Sent, response: ServerResponse): void {
    if (this.requests.length < this.takes) super.answer(sent, response)
    else this.hangs = true
  }
}
