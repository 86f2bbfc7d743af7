import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { scratchFolder } from '../cli/goaltrace.ts'
import { watching } from '../cli/watching.ts'
import { SAMPLES } from '../files/preset-samples.ts'
import { Receiver } from '../receiver.ts'
import { PI, startAgent } from './agent-process.ts'
import { ScriptedModel } from './scripted-model.ts'

const ENTRIES = fileURLToPath(new URL('entries.mjs', import.meta.url))
const EXAMPLE = fileURLToPath(new URL('../../examples/pi/goal.mjs', import.meta.url))
const WAIT = { timeout: 15_000 }
const OF_PI = SAMPLES.filter(([name, { path }]) => name.startsWith('pi-') && path.endsWith('.jsonl'))

let [folder, receiver]: [string, Receiver] = ['', undefined as never]
let env: NodeJS.ProcessEnv

beforeEach(async () => {
  if (PI === undefined) return
  folder = scratchFolder()
  receiver = await Receiver.start()
  const model = await ScriptedModel.start(() => ({ text: 'HERON is painted' }))
  const scripted = { baseUrl: model.url, api: 'openai-completions', apiKey: 'none', models: [{ id: 'scripted-1' }] }
  for (const name of ['agent', 'work']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'agent/models.json'), JSON.stringify({ providers: { scripted } }))
  env = {
    ...{ HOME: folder, PI_CODING_AGENT_DIR: join(folder, 'agent'), PI_OFFLINE: '1' },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BLRP_SCHEDULE_DELAY: '20' },
    GOALTRACE_STATE_DIR: join(folder, 'state'),
  }
})

const options = (extension: string) => ['-e', extension, '--provider', 'scripted', '--model', 'scripted-1']

/** A session in which pi is told these things, one after the other. */
async function session(told: readonly string[], ...args: string[]): Promise<void> {
  const child = startAgent(PI as string, [...options(ENTRIES), ...args, '--mode', 'rpc'], join(folder, 'work'), env)
  const ended = once(child, 'close')
  let printed = ''
  child.stdout?.on('data', (chunk) => {
    printed += chunk
  })
  const answers = () => printed.split('"type":"agent_end"').length - 1
  let asked = 0
  for (const [n, message] of told.entries()) {
    child.stdin?.write(`${JSON.stringify({ id: `${n}`, type: 'prompt', message })}\n`)
    await expect.poll(() => printed, WAIT).toContain(`"id":"${n}"`)
    // What is for the model comes to the disk with its answer.
    if (!message.startsWith('/')) await expect.poll(answers, WAIT).toBe(++asked)
  }
  child.stdin?.end()
  await ended
}

const watch = () => watching(['--preset', 'pi'], folder, receiver, env)

const kinds = () =>
  receiver.logs.map(({ eventName, attributes: of }) => [
    eventName.replace('agent_goal.', ''),
    ...[of['agent_goal.status'], of['agent_goal.usage.tokens'] ?? null],
  ])

async function arrived(count: number): Promise<void> {
  await expect.poll(() => receiver.logs.length, WAIT).toBe(count)
}

describe.skipIf(PI === undefined)('pi 1.6.0', () => {
  it.each(OF_PI)(
    'has its goals reported as %s keeps them in its sessions',
    async (name, { events }) => {
      const running = await watch()
      const file = fileURLToPath(new URL(`../files/presets/${name}.jsonl`, import.meta.url))
      await session([`/entries ${file}`, 'go on'])
      await arrived(events.length)
      expect(kinds()).toEqual(events.map(([kind, , , status, tokens]) => [kind, status, tokens]))
      expect(new Set(receiver.logs.map(({ attributes: of }) => of['gen_ai.request.model']))).toEqual(
        new Set(['scripted-1']),
      )
      expect(new Set(receiver.logs.map(({ attributes: of }) => of['agent_goal.source']))).toEqual(new Set(['recorded']))
      const { err } = await running.end()
      expect(err + JSON.stringify(receiver.logs)).not.toContain('HERON')
    },
    60_000,
  )

  it('reports nothing twice where a session is forked', async () => {
    const running = await watch()
    const file = fileURLToPath(new URL('../files/presets/pi-kky42.jsonl', import.meta.url))
    const [set] = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"kind":"set"'))
    writeFileSync(join(folder, 'set.jsonl'), `${set}\n`)
    const id = crypto.randomUUID()
    await session([`/entries ${join(folder, 'set.jsonl')}`, 'go on'], '--session-id', id)
    await arrived(1)
    await session([`/entries ${file}`, 'go on'], '--fork', id)
    // The fork's own: its goal goes on, is reached and cleared.
    await expect.poll(() => kinds().at(-1)?.[0], WAIT).toBe('cleared')
    expect(kinds().filter(([kind]) => kind === 'created')).toHaveLength(1)
    expect(new Set(receiver.logs.map(({ attributes: of }) => of['gen_ai.conversation.id'])).size).toBe(2)
    await running.end()
  }, 60_000)

  it('has a goal reported as it was where a session goes on from an earlier entry, by the next thing that is written', async () => {
    const running = await watch()
    const file = fileURLToPath(new URL('../files/presets/pi-hiennguyen9874.jsonl', import.meta.url))
    await session([`/entries ${file}`, 'go on', '/back 1', 'go on from there'])
    const reported = OF_PI.find(([name]) => name === 'pi-hiennguyen9874')?.[1].events ?? []
    await arrived(reported.length + 1)
    // It was cleared, and is there again as its first entry has it.
    expect(kinds().slice(-2)).toEqual([
      ['cleared', 'active', 390],
      ['created', 'active', 0],
    ])
    await running.end()
  }, 60_000)

  it('reports a goal from within, with session, turn and model, as examples/pi/goal.mjs does', async () => {
    const child = startAgent(PI as string, [...options(EXAMPLE), '--mode', 'rpc'], join(folder, 'work'), env)
    const prompt = (message: string) => child.stdin?.write(`${JSON.stringify({ type: 'prompt', message })}\n`)
    prompt('/goal HERON paint the fence')
    await arrived(2)
    prompt('/goal')
    await arrived(3)
    child.stdin?.end()
    expect(kinds()).toEqual([
      ['created', 'active', 0],
      ['usage_accounted', 'active', 130],
      ['cleared', 'active', 130],
    ])
    const [, usage] = receiver.logs
    expect(usage?.attributes['agent_goal.turn.id']).toMatch(/^\d+-0$/)
    expect(usage?.attributes['session.id']).toBe(usage?.attributes['gen_ai.conversation.id'])
    expect(usage?.attributes['gen_ai.request.model']).toBe('scripted-1')
    expect(JSON.stringify(receiver.logs)).not.toContain('HERON')
  }, 60_000)
})
