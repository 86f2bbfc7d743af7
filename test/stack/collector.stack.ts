import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Collector, configText, until, validate } from '../collector/collector.ts'
import { OtlpServer } from '../collector/otlp-server.ts'
import { exact, logsRequest, plain, recordings, recordsOf } from '../collector/records.ts'
import { root } from './stack.ts'

const newer = join(root, '.cache/stack/collector/otelcol')

describe('config.yaml on a newer Collector', () => {
  it('is valid', async () => {
    expect(await validate('config.yaml', newer)).toEqual({ code: 0, said: '' })
  })

  it('turns every recorded event into what Codex posted', async () => {
    await using analytics = await OtlpServer.start()
    await using collector = await Collector.start({ ANALYTICS_URL: analytics.url }, configText, newer)
    const all = recordings().map(({ record, golden }, index) => ({ ...record, uid: `${index}`, golden }))
    expect(await collector.post('logs', logsRequest(all))).toBe(200)
    const arrived = () => analytics.requests.flatMap(({ body }) => recordsOf(body)).map(({ body }) => plain(body))
    await until(() => arrived().length >= all.length, 20, 'all events come out')
    expect(arrived()).toEqual(expect.arrayContaining(all.map(({ golden }) => exact(golden))))
    expect(arrived()).toHaveLength(all.length)
  })
})
