import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import type { KeyValue } from '../../src/otlp/values.ts'
import { CONFIGS, Collector, configText, describeWithCollector, textOf, until } from './collector.ts'
import { OtlpServer } from './otlp-server.ts'
import { payloadsAt } from './outcomes.ts'
import { attribute, type GoalRecord, logsRequest, recordings, recordsOf, UID, uidsOf } from './records.ts'

interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string
        readonly sum?: {
          readonly aggregationTemporality: number
          readonly dataPoints: readonly { readonly asInt: string; readonly attributes: readonly KeyValue[] }[]
        }
      }[]
    }[]
  }[]
}

const goal = recordings()[0]?.record as GoalRecord
const uidsAt = ({ requests }: OtlpServer) => uidsOf(requests.map(({ body }) => body))

describeWithCollector('a record that is not a goal event', () => {
  it('is set aside unchanged, with the reason, and blocks no other', async () => {
    await using analytics = await OtlpServer.start()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url })
    const bad: GoalRecord = { ...goal, attributes: goal.attributes.filter(({ key }) => key !== 'session.id') }
    const records = [bad, goal, bad, goal].map((record, index) => ({ ...record, uid: `${index}` }))
    expect(await collector.post('logs', logsRequest(records))).toBe(200)
    await until(() => uidsAt(analytics).size >= 2, 20, 'the good ones come out')
    // Writing does not depend on a clean shutdown.
    await collector.end('SIGKILL')
    const refused = collector.refused().flatMap(recordsOf)
    expect(refused.map((record) => attribute(record, UID))).toEqual(['0', '2'])
    expect(refused.map((record) => attribute(record, 'goaltrace.refused'))).toEqual(['session.id', 'session.id'])
    expect(refused[0]?.attributes).toEqual(expect.arrayContaining([...bad.attributes]))
    expect(uidsAt(analytics)).toEqual(new Set(['1', '3']))
  })

  it.each(CONFIGS)('is one that no batch could hold, too, with %s', async (config) => {
    await using analytics = await OtlpServer.start()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url }, textOf(config))
    const text = (length: number) => ({ key: 'agent_goal.objective', value: { stringValue: 'o'.repeat(length) } })
    // A number that no JSON has.
    const none = { key: 'a number', value: { doubleValue: 'NaN' } }
    const [attributes, resource] = [goal.attributes, goal.resource]
    const records = [
      { attributes: [...attributes, text(1_100_000)] },
      { attributes: [...attributes, text(10), none] },
      { attributes: [...attributes, text(1_100_000), none] },
      { resource: [...resource, text(1_100_000), none] },
      { attributes: [...attributes, text(1_100_000)], resource: [...resource, none] },
      { attributes: [...attributes, text(250_000)] },
      { attributes: [...attributes, text(300_000)] },
    ].map((record, index) => ({ ...goal, ...record, uid: `${index}` }))
    expect(await collector.post('logs', logsRequest(records))).toBe(200)
    await until(() => payloadsAt(config, analytics.requests).length >= 2, 20, 'the others come out')
    expect(payloadsAt(config, analytics.requests)).toHaveLength(2)
    const refused = collector.refused().flatMap(recordsOf)
    expect(refused.map((record) => attribute(record, UID))).toEqual(['0', '2', '3', '4', '6'])
    expect(new Set(refused.map((record) => attribute(record, 'goaltrace.refused')))).toEqual(new Set(['size']))
  })

  it('is counted by its reason, since the start, at the backend for metrics', async () => {
    await using analytics = await OtlpServer.start()
    await using metrics = await OtlpServer.start()
    const config = configText.replace(/^ {4}endpoint: .*METRICS_URL.*$/m, '$&\n    encoding: json')
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url, METRICS_URL: metrics.url }, config)
    const without = (key: string) => ({
      ...goal,
      attributes: goal.attributes.filter((one) => one.key !== key),
      uid: key,
    })
    const refusals = [without('session.id'), without('session.id'), without('agent_goal.id')]
    // The second time they are as old as the first; a count that kept their time would be dropped.
    for (const times of [1, 2]) {
      expect(await collector.post('logs', logsRequest([...refusals, { ...goal, uid: 'good' }]))).toBe(200)
      const counted = { 'session.id': 2 * times, 'agent_goal.id': times }
      await until(() => isDeepStrictEqual(refusalsAt(metrics), counted), 20, `the count ${JSON.stringify(counted)}`)
    }
  })
})

/** The last count of each reason. */
function refusalsAt({ requests }: OtlpServer): Record<string, number> {
  const points = requests.flatMap(({ body }) => {
    const { resourceMetrics } = body as MetricsRequest
    const metrics = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    // 2 is cumulative.
    return metrics.flatMap(({ name, sum }) =>
      name === 'goaltrace.collector.refused' && sum?.aggregationTemporality === 2 ? sum.dataPoints : [],
    )
  })
  return Object.fromEntries(points.map((point) => [attribute(point, 'goaltrace.refused'), Number(point.asInt)]))
}
