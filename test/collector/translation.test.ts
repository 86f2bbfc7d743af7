import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { CONFIGS, Collector, describeWithCollector, textOf, until, validate } from './collector.ts'
import { OtlpServer } from './otlp-server.ts'
import { canonical, expected, outcomesAt, sorted } from './outcomes.ts'
import { qwenRecords } from './random-qwen-records.ts'
import { goalRecords, largeRecords } from './random-records.ts'
import { exact, type GoalRecord, logsRequest, recordings, withUid } from './records.ts'

const random = fc.sample(goalRecords, { seed: 20_260_101, numRuns: 1200 })
const randomQwen = fc.sample(qwenRecords, { seed: 20_260_102, numRuns: 1200 })

describeWithCollector.each(CONFIGS)('the translation of %s in the Collector', (config) => {
  let analytics: OtlpServer
  let collector: Collector

  beforeAll(async () => {
    analytics = await OtlpServer.start()
    collector = await Collector.start({ ANALYTICS_URL: analytics.url }, textOf(config))
  })
  afterAll(async () => {
    await collector?.[Symbol.asyncDispose]()
    await analytics?.down()
  })

  it('is valid for the Collector', async () => {
    expect(await validate(config)).toEqual({ code: 0, said: '' })
  })

  it('turns every recorded event into what Codex posted', async () => {
    const all = recordings()
    expect(all.length).toBeGreaterThan(100)
    const outcomes = await throughCollector(all.map(({ record }) => record))
    expect(outcomes).toEqual(sorted(all.map(({ golden }) => ({ payload: exact(golden) }))))
  })

  it('gives the same payload or the same refusal as codexGoalEvent() for any record', async () => {
    const outcomes = await throughCollector(random)
    expect(outcomes).toEqual(sorted(random.flatMap(expected)))
    const reasons = new Set(outcomes.flatMap((one) => ('refused' in one ? one.refused : [])))
    expect(outcomes.filter((one) => 'payload' in one).length).toBeGreaterThan(300)
    // Every check was needed: of the event's name, 16 attributes of the record and 4 of the resource.
    expect(reasons.size).toBe(21)
  })

  it('gives the same payloads or the same refusals as qwenGoalEvents() for any record of qwen-code', async () => {
    const outcomes = await throughCollector(randomQwen)
    expect(outcomes).toEqual(sorted(randomQwen.flatMap(expected)))
    const payloads = outcomes.flatMap((one) => ('payload' in one ? [canonical(one.payload)] : []))
    expect(payloads.length).toBeGreaterThan(600)
    for (const word of ['created', 'usage_accounted', 'status_changed', 'cleared', 'budget_limited', 'usage_limited']) {
      expect(payloads.filter((payload) => payload.includes(`"${word}"`)).length).toBeGreaterThan(5)
    }
  })

  it.each([
    ['a spent budget is the limit of a plan', '== "turn_budget"', '== "budget"'],
    ['milliseconds are seconds', ' / 1000.0', ' / 1.0'],
    ['a resumed goal is not active again', ' or log.attributes["cause"] == "resume"', ''],
    ['a replaced goal is no other one', ' or log.attributes["cause"] == "replace"', ''],
    ['the machine has to be described', '"unknown") where resource.attributes["os.version"] == nil', '"") where false'],
  ])("of qwen-code's goals is seen to differ when %s", async (_, from, to) => {
    expect(textOf(config)).toContain(from)
    await using server = await OtlpServer.start()
    await using other = await Collector.start({ ANALYTICS_URL: server.url }, textOf(config).replaceAll(from, to))
    const outcomes = await throughCollector(randomQwen, other, server)
    expect(outcomes).not.toEqual(sorted(randomQwen.flatMap(expected)))
  })

  it('refuses, as codexGoalEvent() does, a record one byte larger than the largest accepted', async () => {
    const [goal] = recordings()
    const records = goal ? largeRecords(goal.record) : []
    const outcomes = await throughCollector(records)
    expect(outcomes).toEqual(sorted(records.flatMap((record, index) => expected(withUid(record, `${index}`)))))
    expect(outcomes.filter((one) => 'refused' in one && one.refused === 'size')).toHaveLength(records.length / 2)
  })

  it.each([
    ['a field of the payload has another name', '"goal_status":', '"goal_state":'],
    ['a value is read from another attribute', 'attributes["agent_goal.turn.id"],', 'attributes["session.id"],'],
    [
      'usage is sent with every event',
      ' where log.event_name == "agent_goal.usage_accounted"\n      - set(log.cache["s',
      ' where IsInt(log.attributes["agent_goal.usage.tokens"])\n      - set(log.cache["s',
    ],
    ['a check is missing', 'where not IsString(log.attributes["agent_goal.id"])', 'where false'],
    ['a fraction stays one', 'Int(log.cache["seconds"])', 'log.cache["seconds"]'],
    ['empty bytes stay what they are', '"] == nil', '"] == ""'],
  ])('is seen to differ when %s', async (_, from, to) => {
    expect(textOf(config)).toContain(from)
    await using server = await OtlpServer.start()
    await using other = await Collector.start({ ANALYTICS_URL: server.url }, textOf(config).replaceAll(from, to))
    const outcomes = await throughCollector(random, other, server)
    expect(outcomes).not.toEqual(sorted(random.flatMap(expected)))
  })

  async function throughCollector(records: readonly GoalRecord[], through = collector, to = analytics) {
    const [before, refusedBefore] = [to.requests.length, through.refused().length]
    const sent = records.map((record, index) => ({ ...record, uid: `${index}` }))
    for (let start = 0; start < sent.length; start += 100) {
      expect(await through.post('logs', logsRequest(sent.slice(start, start + 100)))).toBe(200)
    }
    const goals = sent.flatMap(expected).length
    const arrived = () => outcomesAt(config, to.requests.slice(before), through.refused().slice(refusedBefore))
    await until(() => arrived().length >= goals, 20, 'all goal events come out')
    return sorted(arrived())
  }
})

describe('config-codex-wire.yaml', () => {
  it('checks and translates as config.yaml does', () => {
    const [plainly, wire] = CONFIGS.map((config) => parse(textOf(config)))
    const { 'transform/requests': _, 'filter/requests': __, ...processors } = wire.processors
    expect(processors).toEqual(plainly.processors)
    for (const part of ['receivers', 'connectors', 'extensions']) expect(wire[part]).toEqual(plainly[part])
  })
})
