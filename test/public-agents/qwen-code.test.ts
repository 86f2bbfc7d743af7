import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runningBackend } from '../backend/running-backend.ts'
import { scratchFolder } from '../cli/goaltrace.ts'
import { watching } from '../cli/watching.ts'
import { Receiver } from '../receiver.ts'
import { QWEN_CODE, runAgent } from './agent-process.ts'
import { ScriptedModel } from './scripted-model.ts'

/** qwen-code with a model, in a project of this folder. */
function qwenIn(folder: string, model: ScriptedModel, more: NodeJS.ProcessEnv = {}) {
  mkdirSync(join(folder, 'work'))
  const env = { HOME: folder, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'none', OPENAI_MODEL: 'scripted-1', ...more }
  return (...args: string[]) =>
    runAgent(QWEN_CODE as string, ['--auth-type', 'openai', ...args], join(folder, 'work'), env)
}

describe.skipIf(QWEN_CODE === undefined)('qwen-code 0.24.4', () => {
  it('has its goals reported from its chats, each with its turn, and from its own telemetry alike', async () => {
    const [folder, receiver, backend] = [scratchFolder(), await Receiver.start(), await runningBackend()]
    let steps = 0
    const model = await ScriptedModel.start((_, text) => {
      if (text.includes('independent Goal Verifier')) return { text: '{"decision":"accept","reason":"HERON verdict"}' }
      const done = { tool: 'update_goal', args: { status: 'complete', reason: 'HERON reason' } }
      return ++steps === 2 ? done : { text: 'HERON text' }
    })
    const running = await watching(['--preset', 'qwen-code'], folder, receiver)
    const qwen = qwenIn(folder, model, {
      ...{ QWEN_TELEMETRY_ENABLED: 'true', QWEN_TELEMETRY_TARGET: 'local', QWEN_TELEMETRY_OTLP_PROTOCOL: 'http' },
      QWEN_TELEMETRY_OTLP_ENDPOINT: backend.url,
    })
    expect(await qwen('-p', '/goal HERON paint the fence')).toContain('exit code 0')
    // Without progress it pauses this one after three turns.
    expect(await qwen('--continue', '-p', '/goal HERON paint the gate')).toContain('exit code 0')
    expect(await qwen('--continue', '-p', '/goal clear')).toContain('exit code 0')

    await expect.poll(() => receiver.logs.at(-1)?.eventName, { timeout: 15_000 }).toBe('agent_goal.cleared')
    await running.end()
    const told = receiver.logs.map(({ eventName, attributes: of }) => ({
      kind: eventName.replace('agent_goal.', ''),
      status: of['agent_goal.status'],
      hasTurn: of['agent_goal.turn.id'] !== undefined,
    }))
    const usage = (status: string) => ({ kind: 'usage_accounted', status, hasTurn: true })
    const changed = (status: string) => ({ kind: 'status_changed', status, hasTurn: true })
    const created = { kind: 'created', status: 'active', hasTurn: false }
    expect(told.filter(({ kind }) => kind !== 'usage_accounted')).toEqual([
      ...[created, changed('complete'), created, changed('paused')],
      { kind: 'cleared', status: 'paused', hasTurn: false },
    ])
    expect(told.filter(({ kind }) => kind === 'usage_accounted').slice(0, 2)).toEqual([
      usage('active'),
      usage('active'),
    ])
    expect(receiver.logs.at(-1)?.attributes['agent_goal.usage.tokens']).toBe(390)
    expect(receiver.logs[1]?.attributes['gen_ai.request.model']).toBe('scripted-1')

    await expect.poll(() => backend.rows('SELECT 1 FROM goal').length, { timeout: 15_000 }).toBe(2)
    const kept = backend.rows('SELECT goal_id, status, cleared, tokens_used FROM goal ORDER BY created_at_ns')
    const [first, second] = [...new Set(receiver.logs.map(({ attributes: of }) => of['agent_goal.id']))]
    expect(kept).toEqual([
      { goal_id: first, status: 'complete', cleared: 0n, tokens_used: 390n },
      { goal_id: second, status: 'paused', cleared: 1n, tokens_used: 390n },
    ])
    expect(
      JSON.stringify([receiver.logs, backend.rows('SELECT payload, attributes, resource FROM event')]),
    ).not.toContain('HERON')
  }, 120_000)
  it('reports nothing twice where a session is forked', async () => {
    const [folder, receiver] = [scratchFolder(), await Receiver.start()]
    const model = await ScriptedModel.start(() => ({ text: 'HERON text' }))
    const running = await watching(['--preset', 'qwen-code'], folder, receiver)
    const qwen = qwenIn(folder, model)
    expect(await qwen('-p', '/goal HERON paint the fence')).toContain('exit code 0')
    expect(await qwen('--continue', '--fork-session', '-p', '/goal clear')).toContain('exit code 0')
    await expect.poll(() => receiver.logs.at(-1)?.eventName, { timeout: 15_000 }).toBe('agent_goal.cleared')
    await running.end()
    const told = receiver.logs.map(({ eventName, attributes: of }) => [of['gen_ai.conversation.id'], eventName])
    const [[session] = []] = told
    expect(told.at(-2)).toEqual([session, 'agent_goal.status_changed'])
    expect(told.filter(([id]) => id !== session).map(([, name]) => name)).toEqual(['agent_goal.cleared'])
  }, 120_000)
})
