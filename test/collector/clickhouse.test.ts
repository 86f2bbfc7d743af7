import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { isQwenGoalState, qwenGoalEvents, qwenResource } from '../../src/backend/ingest/qwen-goal-state.ts'
import { Collector, needed, textOf, until, validate } from './collector.ts'
import { OtlpServer } from './otlp-server.ts'
import { canonical, outcome } from './outcomes.ts'
import { qwenRecords } from './random-qwen-records.ts'
import { goalRecords } from './random-records.ts'
import { attribute, type GoalRecord, logsRequest, recordsOf, UID, withUid } from './records.ts'

const root = join(import.meta.dirname, '../..')
const otelcol = join(root, '.cache/collector-clickhouse/otelcol')
const python = join(root, '.cache/chdb/bin/python')

describe.skipIf(!needed(otelcol, 'collector/build.sh builder-clickhouse.yaml builds it'))(
  'config-clickhouse.yaml',
  () => {
    it('is valid for the Collector', async () => {
      expect(await validate('config-clickhouse.yaml', otelcol)).toEqual({ code: 0, said: '' })
    })

    it("makes goal events of qwen-code's as config.yaml does", () => {
      const [clickhouse, plainly] = ['config-clickhouse.yaml', 'config.yaml'].map((file) => parse(textOf(file)))
      const ofQwen = ({ processors }: { processors: object }) =>
        Object.entries(processors).filter(([name]) => name.includes('qwen'))
      expect(ofQwen(plainly).length).toBeGreaterThan(0)
      expect(ofQwen(clickhouse)).toEqual(ofQwen(plainly))
    })

    it.each([
      ['0.149', otelcol],
      ['0.145', join(root, '.cache/collector/otelcol')],
    ])('sends goal events, those of qwen-code too, and nothing else, with %s', async (_, program) => {
      await using server = await OtlpServer.start()
      await using collector = await Collector.start({ ANALYTICS_URL: server.url }, withoutClickHouse(), program)
      const records = [
        ...fc.sample(qwenRecords, { seed: 20_260_104, numRuns: 400 }),
        ...fc.sample(goalRecords, { seed: 20_260_105, numRuns: 100 }),
      ].map((record, index) => ({ ...record, uid: `${index}` }))
      const goals = records.flatMap((record) => goalEvents(withUid(record, record.uid)))
      expect(goals.length).toBeGreaterThan(400)
      for (let start = 0; start < records.length; start += 100) {
        expect(await collector.post('logs', logsRequest(records.slice(start, start + 100)))).toBe(200)
      }
      const received = () => server.requests.flatMap(({ body }) => recordsOf(body))
      await until(() => received().length >= goals.length, 20, 'all goal events come out')
      const seen = received().map(({ eventName = '', attributes = [], resource }) => ({
        eventName,
        attributes,
        resource,
      }))
      expect(seen.map(told).sort()).toEqual(goals.map(told).sort())
    })
  },
)

/** With an OTLP server in place of ClickHouse, which is not asked for here. */
function withoutClickHouse(): string {
  const config = parse(textOf('config-clickhouse.yaml'))
  const { retry_on_failure, sending_queue } = config.exporters.clickhouse
  config.exporters.clickhouse = undefined
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the Collector's own
  config.exporters.otlp_http = { endpoint: '${env:ANALYTICS_URL}', encoding: 'json', retry_on_failure, sending_queue }
  for (const pipeline of Object.values<{ exporters: string[] }>(config.service.pipelines)) {
    pipeline.exporters = pipeline.exporters.map((name) => (name === 'clickhouse' ? 'otlp_http' : name))
  }
  return stringify(config)
}

/** What a record is for ClickHouse: all goal records, whether they can become a payload or not. */
function goalEvents(record: GoalRecord): GoalRecord[] {
  const { eventName, attributes, resource } = record
  if (isQwenGoalState(eventName, attributes)) {
    return qwenGoalEvents(attributes).map((one) => ({ ...one, resource: qwenResource(resource) }))
  }
  return eventName.startsWith('agent_goal.') ? [record] : []
}

/** By its payload, or the reason why there is none. */
function told(record: GoalRecord): string {
  return `${attribute(record, UID)} ${record.eventName} ${canonical(outcome(record))}`
}

describe.skipIf(!needed(python, 'collector/clickhouse/install.sh installs it'))('clickhouse/schema.sql', () => {
  it('keeps each event of a million once, and its views show what went in', () => {
    const { status, stderr } = spawnSync(python, [join(root, 'collector/clickhouse/check.py'), '1000000'])
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' })
  }, 300_000)
})
