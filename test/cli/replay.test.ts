import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { CodexGoalEvent } from '../../src/codex/codex-goal-event.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

const STEPS = fileURLToPath(new URL('../recordings/steps/otel-goal-lifecycle.jsonl', import.meta.url))

describe('goaltrace replay', () => {
  it('shows a line an event', async () => {
    const folder = scratchFolder()
    const { code, out, err } = await goaltrace(['replay', STEPS], { TMPDIR: folder }).ended
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ 1 {2}…f513d5 .* created +active +0\/5,000/m)
    expect(out).toMatch(/ status_changed +budget_limited +110\/100 .*…677091$/m)
    expect(out).toMatch(/ cleared +active +220\/100,000/m)
    expect(readdirSync(folder)).toEqual([])
  })

  it('--json prints nothing but payloads, with what the environment says of the sender', async () => {
    const env = { OTEL_SERVICE_NAME: 'replayed', OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3' }
    const { code, out } = await goaltrace(['replay', STEPS, '--json'], env).ended
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as CodexGoalEvent)
    expect(code).toBe(0)
    expect(events.length).toBeGreaterThan(10)
    for (const { event_type, event_params } of events) {
      expect(event_type).toBe('codex_goal_event')
      expect(event_params.session_id).toBe(event_params.thread_id)
      expect(event_params.app_server_client).toMatchObject({
        product_client_id: 'replayed',
        rpc_transport: 'in_process',
      })
      expect(event_params.runtime.codex_rs_version).toBe('1.2.3')
    }
  })

  it('prints nothing for steps that change no goal, and says on stderr what was refused', async () => {
    const file = join(scratchFolder(), 'steps.jsonl')
    writeFileSync(file, '{"at_ms":7,"step":"set","thread_id":"t","objective":"a","token_budget":0}\n')
    const { code, out, err } = await goaltrace(['replay', file, '--json']).ended
    expect([code, out]).toEqual([0, ''])
    expect(err).toMatch(/^at 7 ms, set was refused: .*tokenBudget is 0/)
  })

  it('names the file, the line and the mistake', async () => {
    const file = join(scratchFolder(), 'steps.jsonl')
    writeFileSync(file, '{"at_ms":0,"step":"jump","thread_id":"t"}\n')
    const { code, out, err } = await goaltrace(['replay', file]).ended
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(`${file}:1: no step is named 'jump'`)
    expect(err).toContain('goaltrace help replay')
  })

  it.each([
    [[], 2, /Give one file of steps/],
    [[STEPS, STEPS], 2, /Give one file of steps/],
    [[STEPS, '--jsno'], 2, /Unknown option '--jsno': `goaltrace help replay`/],
    [['nowhere.jsonl'], 1, /nowhere\.jsonl cannot be read: .*Name a file of steps/],
  ])('%j ends with code %i and a sentence', async (args, expected, sentence) => {
    const { code, out, err } = await goaltrace(['replay', ...args]).ended
    expect([code, out]).toEqual([expected, ''])
    expect(err).toMatch(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })
})
