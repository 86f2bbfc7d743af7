import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { SpanContext } from '@opentelemetry/api'
import { expect, onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Sent {
  eventName: string
  attributes: Record<string, unknown>
  spanContext?: SpanContext
}

/** An outbox for the running test, and what leaves it. */
export function fileOutbox(name = 'outbox.db') {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-record-'))
  process.env.GOALTRACE_STATE_DIR = join(folder, 'state')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const sent: Sent[] = []
  const exporter = {
    export(records: Sent[], done: (result: { code: number }) => void) {
      sent.push(...records)
      done({ code: 0 })
    },
  }
  const outbox = join(folder, name)
  return { sent, options: { outbox, exporter }, outbox, state: join(folder, 'state') }
}

export const kinds = (sent: readonly Sent[]) => sent.map(({ eventName }) => eventName.replace('agent_goal.', ''))

export const arrived = (sent: readonly unknown[], count: number) =>
  expect.poll(() => sent.length, { timeout: 60_000 }).toBe(count)

/** Runs code in its own process; how it has ended. */
export function endedAgent(code: string, state: string, endpoint: string): Promise<unknown[]> {
  const env = { ...process.env, GOALTRACE_STATE_DIR: state, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: ROOT, env, stdio: 'inherit' })
  return once(child, 'close')
}
