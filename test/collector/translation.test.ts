import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { codexGoalEvent, NotAGoalEvent } from '../../src/event/codex-goal-event.ts'
import { Collector, configText, describeWithCollector, until, validate } from './collector.ts'
import { OtlpServer } from './otlp-server.ts'
import { goalRecords } from './random-records.ts'
import { attribute, exact, type GoalRecord, logsRequest, plain, recordings, recordsOf, UID } from './records.ts'

/** The payload, or why there is none, or that the record is no goal event. */
type Outcome = { readonly payload: unknown } | { readonly refused: string } | 'no goal event'

const random = fc.sample(goalRecords, { seed: 20_260_101, numRuns: 1200 })

describeWithCollector('the translation in the Collector', () => {
  let analytics: OtlpServer
  let collector: Collector

  beforeAll(async () => {
    analytics = await OtlpServer.start()
    collector = await Collector.start({ ANALYTICS_URL: analytics.url })
  })
  afterAll(async () => {
    await collector?.[Symbol.asyncDispose]()
    await analytics?.down()
  })

  it('is valid for the Collector', async () => {
    expect(await validate()).toEqual({ code: 0, said: '' })
  })

  it('makes of every recorded event what Codex posted', async () => {
    const all = recordings()
    expect(all.length).toBeGreaterThan(100)
    const outcomes = await throughCollector(all.map(({ record }) => record))
    for (const [index, { name, golden }] of all.entries()) {
      expect(outcomes[index], name).toEqual({ payload: exact(golden) })
    }
  })

  it('gives the same payload or the same refusal as codexGoalEvent() for whatever comes', async () => {
    const outcomes = await throughCollector(random)
    expect(outcomes).toEqual(random.map(expected))
    const payloads = outcomes.filter((one) => typeof one === 'object' && 'payload' in one)
    const reasons = new Set(outcomes.flatMap((one) => (typeof one === 'object' && 'refused' in one ? one.refused : [])))
    expect(payloads.length).toBeGreaterThan(300)
    // Every check was needed: of the event's name, 16 attributes of the record and 4 of the resource.
    expect(reasons.size).toBe(21)
  })

  it.each([
    ['a field of the payload has another name', '"goal_status":', '"goal_state":'],
    ['a value is read from another attribute', 'attributes["agent_goal.turn.id"],', 'attributes["session.id"],'],
    [
      'usage is told with every event',
      ' where log.event_name == "agent_goal.usage_accounted"\n      - set(log.cache["s',
      '\n      - set(log.cache["s',
    ],
    ['a check is missing', 'where not IsString(log.attributes["agent_goal.id"])', 'where false'],
  ])('is seen to differ when %s', async (_, from, to) => {
    expect(configText).toContain(from)
    await using server = await OtlpServer.start()
    await using other = await Collector.start({ ANALYTICS_URL: server.url }, configText.replace(from, to))
    const outcomes = await throughCollector(random, other, server)
    expect(outcomes).not.toEqual(random.map(expected))
  })

  async function throughCollector(records: readonly GoalRecord[], through = collector, to = analytics) {
    const sent = records.map((record, index) => ({ ...record, uid: `${Math.random()}-${index}` }))
    for (let start = 0; start < sent.length; start += 100) {
      expect(await through.post('logs', logsRequest(sent.slice(start, start + 100)))).toBe(200)
    }
    const goals = sent.filter(({ eventName }) => eventName.startsWith('agent_goal.')).length
    const arrived = () => {
      const outcomes = new Map<string | undefined, Outcome>()
      for (const record of to.requests.flatMap(({ body }) => recordsOf(body))) {
        outcomes.set(attribute(record, UID), { payload: plain(record.body) })
      }
      for (const record of through.refused().flatMap(recordsOf)) {
        outcomes.set(attribute(record, UID), { refused: attribute(record, 'goaltrace.refused') ?? '' })
      }
      return sent.map(({ uid }): Outcome => outcomes.get(uid) ?? 'no goal event')
    }
    await until(
      () => arrived().filter((one) => one !== 'no goal event').length >= goals,
      20,
      'all goal events come out',
    )
    return arrived()
  }
})

function expected({ eventName, attributes, resource }: GoalRecord): Outcome {
  if (!eventName.startsWith('agent_goal.')) return 'no goal event'
  try {
    return { payload: exact(codexGoalEvent(eventName, attributes, resource)) }
  } catch (error) {
    if (error instanceof NotAGoalEvent) return { refused: error.message }
    throw error
  }
}
