import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Backend, startBackend } from '../../src/backend/server.ts'
import { parseJson } from '../../src/otlp/json.ts'
import { connectionTo } from '../backend/running-backend.ts'
import { CONFIGS, Collector, describeWithCollector, textOf, until } from './collector.ts'
import { type GoalRecord, logsRequest, recordings } from './records.ts'

const TOKEN = 'a-token'
const goal = recordings()[0]?.record as GoalRecord

describeWithCollector.each(CONFIGS)('the embedded backend behind the Collector with %s', (config) => {
  const once = config === 'config.yaml'

  it('stores every recorded event as Codex posted it, once where it carries its uid', async () => {
    const backend = await backendInFolder()
    await using collector = await collectorBefore(backend)
    const all = recordings()
    const request = logsRequest(all.map(({ record }, index) => ({ ...record, uid: `${index}` })))
    expect(await collector.post('logs', request)).toBe(200)
    expect(await collector.post('logs', request)).toBe(200)
    await until(() => backend.counts.stored + backend.counts.duplicates >= 2 * all.length, 20, 'both deliveries')
    const [stored, duplicates] = once ? [all.length, all.length] : [2 * all.length, 0]
    expect(backend.counts).toEqual({ stored, duplicates, rejected: 0 })
    const times = once ? 1 : 2
    const expected = all.flatMap(({ golden }) => Array.from({ length: times }, () => JSON.stringify(golden)))
    expect((await payloads(backend)).map((one) => JSON.stringify(one)).sort()).toEqual(expected.sort())
  })

  it("stores qwen-code's goals once, also where a part of them has reached it without the Collector", async () => {
    const backend = await backendInFolder()
    await using collector = await collectorBefore(backend)
    const recorded = JSON.parse(
      readFileSync(new URL('../recordings/qwen-code/otlp-logs.json', import.meta.url), 'utf8'),
    )
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    await fetch(`${backend.url}/v1/logs`, { method: 'POST', headers, body: JSON.stringify(recorded) })
    expect(backend.counts.stored).toBe(11)
    const direct = await payloads(backend)
    expect(await collector.post('logs', recorded)).toBe(200)
    await until(() => backend.counts.stored + backend.counts.duplicates >= 22, 20, 'both deliveries')
    expect(backend.counts).toEqual({ stored: once ? 11 : 22, duplicates: once ? 11 : 0, rejected: 0 })
    if (!once) expect(sortedTexts(await payloads(backend))).toEqual(sortedTexts([...direct, ...direct]))
  })

  it('is asked again while another process has its file locked', async () => {
    const backend = await backendInFolder()
    await using collector = await collectorBefore(backend)
    const other = connectionTo(backend.file)
    other.exec('BEGIN EXCLUSIVE')
    expect(await collector.post('logs', logsRequest([{ ...goal, uid: 'a-uid' }]))).toBe(200)
    await until(() => backend.troubles.length > 0, 30, 'the backend reports its trouble')
    expect(backend.counts.stored).toBe(0)
    other.exec('COMMIT')
    other.close()
    await until(() => backend.counts.stored > 0, 30, 'the event is kept')
    expect(backend.counts.stored).toBe(1)
  }, 90_000)

  it('accepts batches of objectives that grow sixfold in JSON', async () => {
    const backend = await backendInFolder()
    await using collector = await collectorBefore(backend)
    const objective = { key: 'agent_goal.objective', value: { stringValue: '\u0001'.repeat(4000) } }
    const records = Array.from({ length: 1500 }, (_, index) => {
      return { ...goal, attributes: [...goal.attributes, objective], uid: `${index}` }
    })
    for (let start = 0; start < records.length; start += 300) {
      expect(await collector.post('logs', logsRequest(records.slice(start, start + 300)))).toBe(200)
    }
    await until(() => backend.counts.stored >= records.length, 60, 'all are kept')
    expect(backend.counts).toEqual({ stored: records.length, duplicates: 0, rejected: 0 })
    expect(collector.log).not.toContain('Dropping')
  }, 90_000)

  async function collectorBefore({ url }: Backend): Promise<Collector> {
    return Collector.start({ ANALYTICS_URL: url, ANALYTICS_TOKEN: TOKEN }, textOf(config))
  }
})

async function backendInFolder(): Promise<Backend & { readonly troubles: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-backend-'))
  const troubles: string[] = []
  const report = (trouble: string) => void troubles.push(trouble)
  const backend = await startBackend({ port: 0, file: join(folder, 'goals.db'), token: TOKEN, report })
  onTestFinished(async () => {
    await backend.close()
    rmSync(folder, { recursive: true })
  })
  return { ...backend, troubles }
}

async function payloads(backend: Backend): Promise<unknown[]> {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const answer = await fetch(`${backend.url}/api/events?limit=1000`, { headers })
  const { events } = parseJson(await answer.text()) as { readonly events: readonly { readonly payload: unknown }[] }
  return events.map(({ payload }) => payload)
}

function sortedTexts(payloads: readonly unknown[]): string[] {
  return payloads.map((payload) => JSON.stringify(payload)).sort()
}
