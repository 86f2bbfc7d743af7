import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Collector, configText, describeWithCollector, freePort, until } from './collector.ts'
import { OtlpServer } from './otlp-server.ts'
import { attribute, type GoalRecord, logsRequest, plain, recordings, recordsOf, uidsOf } from './records.ts'

const uidsAt = ({ requests }: OtlpServer) => uidsOf(requests.map(({ body }) => body))
const goal = recordings()[0]?.record as GoalRecord

describeWithCollector('a translated record', () => {
  it('keeps its other fields beside its body, and is sent with the token', async () => {
    await using analytics = await OtlpServer.start()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url, ANALYTICS_TOKEN: 'a-token' })
    const sent = logsRequest([{ ...goal, uid: 'a-uid' }])
    expect(await collector.post('logs', sent)).toBe(200)
    await until(() => analytics.requests.length > 0, 20, 'the record comes out')
    const [request] = analytics.requests
    expect(request?.headers.authorization).toBe('Bearer a-token')
    expect(request?.path).toBe('/v1/logs')
    const [before] = recordsOf(sent)
    const [after] = recordsOf(request?.body)
    expect(after).toMatchObject({
      eventName: goal.eventName,
      timeUnixNano: before?.timeUnixNano,
      traceId: before?.traceId,
      spanId: before?.spanId,
      attributes: before?.attributes,
      resource: before?.resource,
    })
    expect(plain(after?.body)).toMatchObject({ event_type: 'codex_goal_event' })
  })
})

describeWithCollector('an outage of the backend', () => {
  it('shows in the Collector’s own metrics', async () => {
    await using collector = await Collector.start({ ANALYTICS_URL: `http://127.0.0.1:${await freePort()}` })
    const records = Array.from({ length: 7 }, (_, index) => ({ ...goal, uid: `${index}` }))
    expect(await collector.post('logs', logsRequest(records))).toBe(200)
    const pending = /^otelcol_exporter_queue_size\{.*exporter="otlp_http\/analytics".*\} (\d+)$/m
    const queued = async () => pending.exec(await (await fetch(`http://${collector.metrics}/metrics`)).text())?.[1]
    await expect.poll(queued, { timeout: 60_000 }).toBe('7')
  })

  it('loses nothing that was acknowledged, although the Collector is killed during and after it', async () => {
    await using analytics = await OtlpServer.start()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url })
    const acknowledged = await sendThroughOutage(collector, analytics)
    expect(acknowledged.length).toBeGreaterThan(100)
    const arrived = () => uidsAt(analytics).size >= acknowledged.length
    // The comparison names what has not arrived by then.
    await until(arrived, 30, 'all that was acknowledged comes out').catch(() => {})
    expect([...uidsAt(analytics)].sort()).toEqual([...acknowledged].sort())
  }, 90_000)

  it('is seen to lose where the queue is not on disk', async () => {
    await using analytics = await OtlpServer.start()
    const config = configText.replace('      storage: file_storage\n', '')
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url }, config)
    const acknowledged = await sendThroughOutage(collector, analytics)
    await until(() => uidsAt(analytics).has(acknowledged.at(-1)), 30, 'the last one comes out')
    const received = uidsAt(analytics)
    expect(acknowledged.filter((uid) => !received.has(uid)).length).toBeGreaterThan(0)
  }, 90_000)

  /**
   * The uids that the Collector acknowledged: before, during and after an outage, with one kill -9 during and one after
   * it.
   */
  async function sendThroughOutage(collector: Collector, analytics: OtlpServer): Promise<string[]> {
    const acknowledged: string[] = []
    const send = async (count: number) => {
      for (let sent = 0; sent < count; sent++) {
        const uid = `uid-${acknowledged.length}`
        while ((await collector.post('logs', logsRequest([{ ...goal, uid }]))) !== 200) await sleep(20)
        acknowledged.push(uid)
      }
    }
    const killDuring = async (sending: Promise<void>) => {
      await collector.end('SIGKILL')
      await collector.start()
      await sending
    }
    await send(20)
    await analytics.down()
    await send(60)
    await sleep(2_000)
    await killDuring(send(60))
    await analytics.up()
    await killDuring(send(60))
    await send(1)
    return acknowledged
  }
})

describeWithCollector('an OTLP backend beside the analytics', () => {
  const time = { startTimeUnixNano: '1795000000000000000', endTimeUnixNano: '1795000000123456789' }
  const span = { name: 'create_goal', traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', ...time }
  const spans = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
  const gauge = { dataPoints: [{ asInt: '1', timeUnixNano: time.endTimeUnixNano }] }
  const metrics = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'agent_goal.count', gauge }] }] }] }
  const logs = logsRequest([
    { ...goal, uid: 'of a goal' },
    { ...goal, eventName: 'gen_ai.choice', uid: 'another' },
  ])

  async function sendAll(collector: Collector) {
    expect(await collector.post('traces', spans)).toBe(200)
    expect(await collector.post('metrics', metrics)).toBe(200)
    expect(await collector.post('logs', logs)).toBe(200)
  }

  it('gets spans, metrics and all logs, and reads the name of an event in an attribute too', async () => {
    await using analytics = await OtlpServer.start()
    await using backend = await OtlpServer.start()
    const endpoint = /^ {4}endpoint: .*OTLP_BACKEND_URL.*$/gm
    expect(configText.match(endpoint)).toHaveLength(3)
    const config = configText.replace(endpoint, '$&\n    encoding: json')
    const settings = { ANALYTICS_URL: analytics.url, OTLP_BACKEND_URL: backend.url }
    await using collector = await Collector.start(settings, config)
    await sendAll(collector)
    await until(() => backend.requests.length >= 3, 20, 'all three signals come out')
    const at = (path: string) => backend.requests.filter((request) => request.path === path).map(({ body }) => body)
    expect(at('/v1/traces')).toMatchObject([
      { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'create_goal' }] }] }] },
    ])
    expect(JSON.stringify(at('/v1/metrics'))).toContain('agent_goal.count')
    const names = at('/v1/logs')
      .flatMap(recordsOf)
      .map((record) => attribute(record, 'otel.event.name'))
    expect(names).toEqual([goal.eventName, 'gen_ai.choice'])
    expect(
      at('/v1/logs')
        .flatMap(recordsOf)
        .map(({ body }) => plain(body)),
    ).toEqual([null, null])
  })

  it('gets log records of any size, and what comes beside them', async () => {
    await using analytics = await OtlpServer.start()
    await using backend = await OtlpServer.start()
    const config = configText.replace(/^ {4}endpoint: .*LOGS_URL.*$/m, '$&\n    encoding: json')
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url, LOGS_URL: backend.url }, config)
    const records = [10, 3_000_000, 10].map((length, index) => {
      const attributes = [{ key: 'gen_ai.input.messages', value: { stringValue: 'o'.repeat(length) } }]
      return { eventName: 'gen_ai.choice', attributes, resource: [], uid: `${index}` }
    })
    expect(await collector.post('logs', logsRequest(records))).toBe(200)
    await until(() => uidsAt(backend).size >= 3, 20, 'all come out')
  })

  it('may differ for each signal, with the headers that it requires', async () => {
    await using analytics = await OtlpServer.start()
    await using traces = await OtlpServer.start()
    await using metricsAt = await OtlpServer.start()
    await using rest = await OtlpServer.start()
    await using collector = await Collector.start({
      ANALYTICS_URL: analytics.url,
      OTLP_BACKEND_URL: `${rest.url}/otlp`,
      TRACES_URL: traces.url,
      METRICS_URL: `${metricsAt.url}/api/v1/otlp`,
      OTLP_BACKEND_HEADERS: '{"x-honeycomb-team": "a-key"}',
    })
    await sendAll(collector)
    const all = [traces, metricsAt, rest]
    await until(() => all.every(({ requests }) => requests.length > 0), 20, 'all three signals come out')
    const first = all.map(({ requests }) => requests[0])
    expect(first.map((one) => one?.path)).toEqual(['/v1/traces', '/api/v1/otlp/v1/metrics', '/otlp/v1/logs'])
    for (const one of first) expect(one?.headers['x-honeycomb-team']).toBe('a-key')
    await until(() => analytics.requests.length > 0, 20, 'the goal event comes out')
    expect(analytics.requests[0]?.headers['x-honeycomb-team']).toBeUndefined()
  })

  it.each([
    ['is configured and down', async () => ({ OTLP_BACKEND_URL: `http://127.0.0.1:${await freePort()}` })],
    ['is not named', async () => ({})],
  ])('does no harm where it %s', async (_, settings) => {
    await using analytics = await OtlpServer.start()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url, ...(await settings()) })
    for (let times = 0; times < 20; times++) await sendAll(collector)
    await until(() => uidsAt(analytics).size > 0, 20, 'the goal event comes out')
    expect(uidsAt(analytics)).toEqual(new Set(['of a goal']))
  })
})
