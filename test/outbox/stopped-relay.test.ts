import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished, vi } from 'vitest'
import { fileRelay } from '../../src/delivery/relays.ts'
import { stateFile } from '../../src/outbox/outbox-file.ts'
import { createOutbox } from '../../src/outbox/outbox-table.ts'
import { openByAny } from '../../src/sqlite/drivers.ts'

it('a relay that is stopped while it sends kept spans leaves those that another process has kept since', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-stopped-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const held: ServerResponse[] = []
  const server = createServer((request, response) => {
    request.resume().on('end', () => held.push(response))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  process.env.GOALTRACE_STATE_DIR = folder
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const file = join(folder, 'goals.db')
  new Database(file).exec(createOutbox('main')).close()
  const spans = stateFile(file, 'spans')
  const keep = (spanId: string) => {
    const span = { name: 'goal', traceId: '1'.repeat(32), spanId, startMs: 1, endMs: 2, attributes: {}, links: [] }
    appendFileSync(spans, `\n${JSON.stringify([spanId, JSON.stringify([{}, span])])}`)
  }
  keep('a'.repeat(16))
  const relay = fileRelay(file, openByAny(), { defaultToLocalhost: false })
  const delivered = relay.deliver()
  await expect.poll(() => held.length).toBe(1)
  relay.stop()
  keep('b'.repeat(16))
  held[0]?.end('{}')
  await delivered
  expect(readFileSync(spans, 'utf8')).toContain('b'.repeat(16))
})

it.each([
  ['keeps an exit waiting', {}, true],
  ['keeps no exit waiting where no spans are exported', { OTEL_TRACES_EXPORTER: 'none' }, false],
  ['keeps no exit waiting where goals have no traces', { GOALTRACE_GOAL_TRACES: 'false' }, false],
])('a relay of which only spans are kept %s', (_, env, busy) => {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-kept-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  vi.stubEnv('GOALTRACE_STATE_DIR', folder)
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const file = join(folder, 'goals.db')
  const relay = fileRelay(file, openByAny(), { defaultToLocalhost: false })
  expect(relay.busy).toBe(false)
  appendFileSync(stateFile(file, 'spans'), '[]')
  expect(relay.busy).toBe(busy)
})
