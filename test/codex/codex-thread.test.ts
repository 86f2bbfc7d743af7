import { describe, expect, it } from 'vitest'
import { readRollout } from '../../src/codex/codex-recording.ts'

describe("a turn's usage", () => {
  it('is what a version says that says it', () => {
    const thread = readRollout([turn('u'), total(100, 30), usage('u', 70), total(170, 60)].join('\n'))
    expect(thread.turn('u')?.usage).toEqual({ input: 70, cached: 0, output: 7 })
  })

  it("is by how much the thread's total has grown, where a version says only that", () => {
    const lines = [turn('u'), total(100, 30), ended('u'), total(100, 30), turn('v'), total(200, 60), total(300, 90)]
    const thread = readRollout([...lines, ended('v'), turn('w')].join('\n'))
    expect(['u', 'v', 'w'].map((id) => thread.turn(id)?.usage)).toEqual([
      { input: 100, cached: 0, output: 30 },
      { input: 200, cached: 0, output: 60 },
      undefined,
    ])
  })

  it('is the whole total where that begins again', () => {
    const thread = readRollout([turn('u'), total(100, 30), ended('u'), turn('v'), total(10, 3)].join('\n'))
    expect(thread.turn('v')?.usage).toEqual({ input: 10, cached: 0, output: 3 })
  })
})

const turn = (turn_id: string) => line('event_msg', { type: 'task_started', turn_id })
const ended = (turn_id: string) => line('event_msg', { type: 'task_complete', turn_id })
const total = (input_tokens: number, output_tokens: number) =>
  line('event_msg', { type: 'token_count', info: { total_token_usage: { input_tokens, output_tokens } } })
const usage = (turn_id: string, input_tokens: number) =>
  line('token_usage_record', { turn_id, turn_token_usage: { input_tokens, output_tokens: 7 } })

function line(type: string, payload: object): string {
  return JSON.stringify({ timestamp: '2026-11-28T19:27:31.233Z', type, payload })
}
