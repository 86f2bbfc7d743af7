import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { isQwenGoalState, qwenGoalEvents, qwenResource } from '../../src/backend/ingest/qwen-goal-state.ts'
import { codexEventKind } from '../../src/codex/codex-event-kind.ts'
import { codexGoalEvent, NotAGoalEvent } from '../../src/codex/codex-goal-event.ts'
import { CONFIGS, Collector, describeWithCollector, textOf, until, validate } from './collector.ts'
import { OtlpServer, type Received } from './otlp-server.ts'
import { qwenRecords } from './random-qwen-records.ts'
import { goalRecords, largeRecords } from './random-records.ts'
import {
  attribute,
  exact,
  type GoalRecord,
  logsRequest,
  plain,
  recordings,
  recordsOf,
  UID,
  withUid,
} from './records.ts'

/** What a goal event becomes: its payload, or the reason why there is none. */
type Outcome = { readonly payload: unknown } | { readonly refused: string }

const random = fc.sample(goalRecords, { seed: 20_260_101, numRuns: 1200 })
const randomQwen = fc.sample(qwenRecords, { seed: 20_260_102, numRuns: 1200 })

const PAYLOADS: Readonly<Record<string, (received: Received) => unknown[]>> = {
  'config.yaml': ({ body }) => recordsOf(body).map((record) => plain(record.body)),
  'config-codex-wire.yaml': ({ path, body }) => {
    expect(path).toBe('/codex/analytics-events/events')
    expect(Object.keys(body as object)).toEqual(['events'])
    return (body as { readonly events: readonly unknown[] }).events.map(exact)
  },
}

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
      '\n      - set(log.cache["s',
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
    const arrived = (): Outcome[] => {
      const read = PAYLOADS[config] ?? (() => [])
      const payloads = to.requests.slice(before).flatMap(read)
      const refused = through.refused().slice(refusedBefore).flatMap(recordsOf)
      expect(refused.every((record) => attribute(record, UID))).toBe(true)
      const reasons = refused.map((record) => attribute(record, 'goaltrace.refused') ?? '')
      return [...payloads.map((payload) => ({ payload })), ...reasons.map((refused) => ({ refused }))]
    }
    await until(() => arrived().length >= goals, 20, 'all goal events come out')
    return sorted(arrived())
  }
})

describe('config-codex-wire.yaml', () => {
  it('checks and translates as config.yaml does', () => {
    const [plainly, wire] = CONFIGS.map((config) => parse(textOf(config)))
    const envelope = wire.processors['transform/payload'].log_statements.pop()
    expect(envelope).toContain('{"events": [log.body]}')
    for (const part of ['receivers', 'processors', 'connectors', 'extensions'])
      expect(wire[part]).toEqual(plainly[part])
  })
})

function expected(record: GoalRecord): Outcome[] {
  const { eventName, attributes, resource } = record
  if (isQwenGoalState(eventName, attributes)) {
    return qwenGoalEvents(attributes).map((one) => outcome({ ...one, resource: qwenResource(resource) }))
  }
  return isTranslated({ eventName }) ? [outcome(record)] : []
}

function outcome({ eventName, attributes, resource }: GoalRecord): Outcome {
  try {
    return { payload: exact(codexGoalEvent(eventName, attributes, resource)) }
  } catch (error) {
    if (error instanceof NotAGoalEvent) return { refused: error.message }
    throw error
  }
}

/** Records of all other names, and of kinds that Codex does not have, are passed over. */
function isTranslated({ eventName }: Pick<GoalRecord, 'eventName'>): boolean {
  return eventName.startsWith('agent_goal.') && codexEventKind(eventName) !== null
}

/** This format carries payloads only, so the output is compared as a whole, sorted. */
function sorted(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes
    .map((outcome) => ({ outcome, text: canonical(outcome) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ outcome }) => outcome)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (typeof one === 'bigint') return `${one}n`
    if (typeof one !== 'object' || one === null) return one
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
