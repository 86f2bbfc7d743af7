import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startBackend } from '../../src/backend/server.ts'
import { Collector, describeWithCollector, until } from './collector.ts'
import { logsRequest, recordings } from './records.ts'

describeWithCollector('the embedded backend behind the Collector', () => {
  it('keeps every recorded event once, as Codex posted it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'goaltrace-backend-'))
    const backend = await startBackend({ port: 0, file: join(folder, 'goals.db'), token: 'a-token' })
    const settings = { ANALYTICS_URL: backend.url, ANALYTICS_TOKEN: 'a-token' }
    await using collector = await Collector.start(settings)
    try {
      const all = recordings()
      const request = logsRequest(all.map(({ record }, index) => ({ ...record, uid: `${index}` })))
      expect(await collector.post('logs', request)).toBe(200)
      expect(await collector.post('logs', request)).toBe(200)
      await until(() => backend.counts.stored + backend.counts.duplicates >= 2 * all.length, 20, 'both deliveries')
      expect(backend.counts).toEqual({ stored: all.length, duplicates: all.length, rejected: 0 })
      const headers = { authorization: 'Bearer a-token' }
      const answer = await fetch(`${backend.url}/api/events?limit=1000`, { headers })
      const { events } = (await answer.json()) as { events: { uid: string; payload: unknown }[] }
      const payloads = new Map(events.map(({ uid, payload }) => [uid, payload]))
      for (const [index, { golden }] of all.entries()) expect(payloads.get(`${index}`)).toEqual(golden)
    } finally {
      await backend.close()
      rmSync(folder, { recursive: true })
    }
  })
})
