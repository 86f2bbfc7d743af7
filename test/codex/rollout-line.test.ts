import { describe, expect, it } from 'vitest'
import { codexGoalRecords } from '../../src/codex/codex-goal-record.ts'
import { readRollout, recordedChanges } from '../../src/codex/codex-recording.ts'
import { readRolloutLine } from '../../src/codex/rollout-line.ts'
import { transcriptChanges } from '../../src/codex/transcript.ts'

const AT = '"timestamp":"2026-11-28T19:27:31.233Z"'
const MARKER = 'MARKER'

describe('a line of a rollout', () => {
  it.each([
    ['of a conversation', `{${AT},"ordinal":3,"type":"response_item","payload":{"type":"message","role":"user"}}`],
    ['of a kind that is new', `{${AT},"type":"tomorrow","payload":{"type":"anything"}}`],
    ['with other members first', `{"type":"event_msg",${AT},"payload":{"text":"a","type":"agent_message"}}`],
    ['of a turn without its id', `{${AT},"type":"event_msg","payload":{"type":"task_started","turn_id":7}}`],
    ['without a payload', `{${AT},"type":"event_msg"}`],
  ])('%s says only when it was written', (_, text) => {
    expect(readRolloutLine(text)).toEqual({ kind: 'other', atMs: Date.parse('2026-11-28T19:27:31.233Z') })
  })

  it.each(['', '{', 'null', '7', '[]', '{}', '{"timestamp":"yesterday","type":"event_msg"}', `{${AT},"type":"event_`])(
    '%j is none',
    (text) => expect(readRolloutLine(text)).toBeUndefined(),
  )
})

/** A line of each kind with the marker in each of its texts; those that are ids and names of programs are said. */
const SECRET = { text: MARKER, [MARKER]: MARKER, message: MARKER, objective: MARKER, arguments: MARKER, output: MARKER }
const GOAL = { ...SECRET, status: 'active', tokensUsed: 0, timeUsedSeconds: 0, createdAt: 1, updatedAt: 1 }
const ROLLOUT: [type: string, payload: object][] = [
  [
    'session_meta',
    { ...SECRET, id: 't', session_id: 's', cwd: MARKER, instructions: MARKER, base_instructions: SECRET },
  ],
  ['session_meta', { ...SECRET, id: 't', source: { subagent: { thread_spawn: SECRET } }, git: SECRET }],
  ['event_msg', { ...SECRET, type: 'task_started', turn_id: 'u', turn_attribution: { turn_trigger: MARKER } }],
  ['turn_context', { ...SECRET, turn_id: 'u', model: 'm', cwd: MARKER, user_instructions: MARKER }],
  ['event_msg', { ...SECRET, type: 'user_message' }],
  ['response_item', { ...SECRET, type: 'message', content: [{ text: MARKER }] }],
  ['response_item', { ...SECRET, type: 'reasoning', summary: [MARKER], encrypted_content: MARKER }],
  ['response_item', { ...SECRET, type: 'function_call', name: 'exec_command', call_id: 'x' }],
  ['response_item', { ...SECRET, type: 'function_call_output', call_id: 'x' }],
  ['response_item', { ...SECRET, type: 'function_call', name: 'update_goal', call_id: 'c' }],
  ['response_item', { ...SECRET, type: 'function_call_output', call_id: 'c', output: JSON.stringify({ goal: GOAL }) }],
  ['response_item', { ...SECRET, type: 'function_call_output', call_id: 'c', output: `{"goal":${MARKER}` }],
  ['token_usage_record', { ...SECRET, turn_id: 'u', turn_token_usage: { input_tokens: MARKER } }],
  ['event_msg', { ...SECRET, type: 'token_count', info: { ...SECRET, total_token_usage: { input_tokens: MARKER } } }],
  ['event_msg', { ...SECRET, type: 'thread_goal_updated', goal: GOAL }],
  ['event_msg', { ...SECRET, type: 'thread_goal_updated', goal: { ...GOAL, status: MARKER } }],
  ['compacted', { ...SECRET, replacement_history: [SECRET] }],
  [MARKER, SECRET],
  ['event_msg', { ...SECRET, type: 'task_complete', turn_id: 'u', last_agent_message: MARKER, error: SECRET }],
  ['event_msg', { ...SECRET, type: 'task_complete', turn_id: 'u', error: { codex_error_info: MARKER } }],
  ['event_msg', { ...SECRET, type: 'task_complete', turn_id: 'u', error: { codex_error_info: { [MARKER]: SECRET } } }],
  ['event_msg', { ...SECRET, type: 'turn_aborted', turn_id: 'u', reason: MARKER }],
]

describe('no prompt, answer, argument or objective', () => {
  const texts = ROLLOUT.map(([type, payload]) =>
    JSON.stringify({ timestamp: '1970-01-01T00:00:01.000Z', type, payload }),
  )

  it.each(texts)('leaves the reader of %s', (text) => {
    expect(text).toContain(MARKER)
    const line = readRolloutLine(text)
    expect(line).toBeDefined()
    expect(said(line)).not.toContain(MARKER)
  })

  it('is kept of a thread, or is in an event of it', () => {
    const rollout = texts.join('\n')
    expect(said(readRollout(rollout))).not.toContain(MARKER)
    const row = { thread_id: 't', goal_id: 'g', status: 'active', tokens_used: 0, time_used_seconds: 0, ...SECRET }
    const rows = JSON.stringify({ ...SECRET, at: '1970-01-01T00:00:01.000Z', old: null, new: row })
    const changes = recordedChanges({ rows, rollouts: [rollout] })
    expect(said([changes, changes.flatMap((goal) => codexGoalRecords(goal))])).not.toContain(MARKER)
    expect(changes).toHaveLength(1)
  })

  it('leaves the reader of a transcript', () => {
    const params = { ...SECRET, threadId: 't', turnId: 'u', goal: GOAL, input: [SECRET] }
    const methods = ['thread/goal/updated', 'thread/goal/set', 'turn/start', 'item/completed', 'thread/goal/cleared']
    const messages = [
      ...methods.map((method) => ({ ...SECRET, msg: { ...SECRET, method, params } })),
      { msg: { result: { ...SECRET, userAgent: MARKER, thread: { ...SECRET, id: 't', name: MARKER, cwd: MARKER } } } },
      { msg: { error: SECRET } },
    ]
    const { changes, machine } = transcriptChanges(messages.map((line) => JSON.stringify(line)).join('\n'), 'messages')
    expect(changes).toHaveLength(2)
    expect(said([changes, machine, changes.flatMap((goal) => codexGoalRecords(goal, machine))])).not.toContain(MARKER)
  })

  it.each([MARKER, `{"msg":"${MARKER}"}`, `{"${MARKER}"`])('is quoted by an error about %s', (line) => {
    expect(() => transcriptChanges(line, 'messages')).toThrow(/^messages:1: [^M]*$/)
    expect(() => recordedChanges({ rows: line, rollouts: [] })).toThrow(/^rows.jsonl:1: [^M]*$/)
  })
})

function said(value: unknown): string {
  const text = JSON.stringify(value)
  expect(text.length).toBeGreaterThan(10)
  return text
}
