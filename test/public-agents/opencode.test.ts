import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratchFolder } from '../cli/goaltrace.ts'
import { Receiver } from '../receiver.ts'
import { OPENCODE, runAgent } from './agent-process.ts'
import { ScriptedModel } from './scripted-model.ts'

const EXAMPLE = new URL('../../examples/opencode/goal.mjs', import.meta.url).href

describe.skipIf(OPENCODE === undefined)('opencode 1.18.33', () => {
  it('reports a goal from within, with session, turn and model, as examples/opencode/goal.mjs does', async () => {
    const [folder, receiver] = [scratchFolder(), await Receiver.start()]
    const model = await ScriptedModel.start(() => ({ text: 'HERON is painted' }))
    mkdirSync(join(folder, 'work'))
    const scripted = {
      ...{ npm: '@ai-sdk/openai-compatible', options: { baseURL: model.url, apiKey: 'none' } },
      models: { 'scripted-1': { name: 'scripted-1', limit: { context: 100_000, output: 8000 } } },
    }
    const config = {
      ...{ autoupdate: false, share: 'disabled', model: 'scripted/scripted-1', small_model: 'scripted/scripted-1' },
      ...{ provider: { scripted }, plugin: [EXAMPLE], command: { goal: { template: '$ARGUMENTS' } } },
    }
    writeFileSync(join(folder, 'work/opencode.json'), JSON.stringify(config))
    const env = {
      ...{ HOME: folder, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BLRP_SCHEDULE_DELAY: '20' },
      ...{
        GOALTRACE_STATE_DIR: join(folder, 'state'),
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        npm_config_fetch_retries: '0',
      },
      ...{
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      },
    }
    const run = (goal: string) => {
      return runAgent(OPENCODE as string, ['run', '--command', 'goal', goal], join(folder, 'work'), env)
    }
    expect(await run('HERON paint the fence')).toContain('exit code 0')
    // It ends at once after the last answer: what is pending then is delivered with the next change.
    expect(await run('HERON paint the gate')).toContain('exit code 0')
    // It has telemetry of its own, which goes to the same receiver.
    const logs = receiver.logs.filter(({ eventName }) => eventName?.startsWith('agent_goal.'))
    const first = logs.filter(({ attributes: of }) => of['agent_goal.id'] === logs[0]?.attributes['agent_goal.id'])
    expect(first.map(({ eventName }) => eventName)).toEqual(['agent_goal.created', 'agent_goal.usage_accounted'])
    const usage = first[1]?.attributes ?? {}
    expect(usage).toMatchObject({ 'agent_goal.usage.tokens': 130, 'gen_ai.request.model': 'scripted-1' })
    expect(usage['agent_goal.turn.id']).toMatch(/^msg_/)
    expect(usage['session.id']).toMatch(/^ses_/)
    expect(JSON.stringify(logs)).not.toContain('HERON')
  }, 120_000)
})
