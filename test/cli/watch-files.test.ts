import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { PI as PRESET_PI } from '../../src/files/presets/pi.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'
import { type Watching, watching } from './watching.ts'

const sample = (name: string) => readFileSync(new URL(`../files/samples/${name}`, import.meta.url), 'utf8')
const LONG = { timeout: 50_000 }

let folder: string
let receiver: Receiver

beforeEach(async () => {
  folder = scratchFolder()
  receiver = await Receiver.start()
})

const watch = (args: readonly string[], env = {}) => watching(args, folder, receiver, env)

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function received() {
  return receiver.logs.map(({ eventName, attributes: of }) => ({
    kind: eventName.replace('agent_goal.', ''),
    goal: of['agent_goal.id'],
    thread: of['gen_ai.conversation.id'],
    status: of['agent_goal.status'],
    tokens: of['agent_goal.usage.tokens'] ?? null,
    seconds: of['agent_goal.usage.duration'] ?? null,
  }))
}

async function arrived(count: number) {
  await expect.poll(() => receiver.logs.length, LONG).toBe(count)
  return received()
}

describe('goaltrace watch --preset', () => {
  it('reports what an extension of pi appends to a session, each entry once, with its own time, across a restart', async () => {
    const session = join(folder, '.pi/agent/sessions/--w-boat--/2027-02-01_s-heron.jsonl')
    const lines = sample('pi-set-usage-clear.jsonl').split(/(?<=\n)/)
    const expected = JSON.parse(sample('pi-set-usage-clear.expected.json'))
    const first = await watch(['--preset', 'pi'])
    write(session, lines.slice(0, 3).join(''))
    await arrived(1)
    // The beginning of a line is not a line.
    appendFileSync(session, `${lines[3]}${lines[4]?.slice(0, 100)}`)
    await arrived(2)
    expect(await first.end()).toMatchObject({ code: 0, err: '' })
    appendFileSync(session, `${lines[4]?.slice(100)}${lines.slice(5, 7).join('')}`)
    const second = await watch(['--preset', 'pi'])
    await arrived(5)
    appendFileSync(session, lines.slice(7).join(''))
    expect(await arrived(6)).toEqual(expected)
    expect(await second.end()).toMatchObject({ code: 0, err: '' })
    expect(receiver.logs.map(({ timeUnixNano }) => new Date(Number(timeUnixNano) / 1e6).toISOString())).toEqual(
      ['09:00:00.100', '09:00:12.000', '09:00:31.000', '09:00:31.000', '09:00:50.000', '09:01:00.000'].map(
        (time) => `2027-02-01T${time}Z`,
      ),
    )
    expect(new Set(receiver.logs.map(({ attributes }) => attributes['agent_goal.source']))).toEqual(
      new Set(['recorded']),
    )
    expect(receiver.logs[0]?.resource['service.name']).toBe('pi')
  })

  it('reports the turn, the session and the model of a goal of qwen-code, which stand beside it', async () => {
    const chat = join(folder, '.qwen/projects/-w-garden/chats/s-swift.jsonl')
    const model = '{"uuid":"u0","sessionId":"s-swift","type":"assistant","model":"qwen3-max"}\n'
    const running = await watch(['--preset', 'qwen-code'])
    write(chat, model + sample('qwen-code.jsonl'))
    expect(await arrived(8)).toEqual(JSON.parse(sample('qwen-code.expected.json')))
    await running.end()
    const [created, usage] = receiver.logs.map(({ attributes }) => attributes)
    expect(created).toMatchObject({ 'session.id': 's-swift', 'gen_ai.request.model': 'qwen3-max' })
    expect(created).not.toHaveProperty('agent_goal.turn.id')
    expect(usage).toMatchObject({ 'session.id': 's-swift', 'agent_goal.turn.id': 't-1' })
  })

  it('reports what changes in a document that a plugin of opencode writes anew each time', async () => {
    const state = join(folder, '.local/state/opencode-goal/scope_1/sessions.json')
    const versions = sample('opencode-session-map.versions.jsonl').trimEnd().split('\n')
    const expected: unknown[] = JSON.parse(sample('opencode-session-map.expected.json'))
    const counts = [1, 2, 3, 5, 7, 8, 9]
    const running = await watch(['--preset', 'opencode'])
    for (const [n, version] of versions.entries()) {
      write(`${state}.1.tmp`, version)
      renameSync(`${state}.1.tmp`, state)
      await arrived(counts[n] as number)
    }
    expect(received()).toEqual(expected)
    expect(await running.end()).toMatchObject({ code: 0, err: '' })
    expect(new Set(receiver.logs.map(({ attributes }) => attributes['agent_goal.source']))).toEqual(
      new Set(['inferred']),
    )
  })
})

describe('goaltrace watch', () => {
  const MAPPING = {
    path: ['logs/*/goals.jsonl'],
    read: 'lines',
    agent: 'my-agent',
    thread: { file: 'folder' },
    goals: [{ records: [{ where: {} }], fields: { goalId: 'id', status: 'status', objective: 'text' } }],
  }
  const config = (files: unknown) => write(join(folder, 'goaltrace.config.json'), JSON.stringify({ files }))

  it('follows the files that goaltrace.config.json names, in folders that come later, with a state directory given by a short path', async () => {
    config([MAPPING])
    const running = await watch([], {
      GOALTRACE_STATE_DIR: './state',
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: '',
    })
    await running.prints('there is no file yet; watching for')
    for (const thread of ['one', 'two']) {
      write(join(folder, 'logs', thread, 'goals.jsonl'), '{"id":"g","status":"active","text":"do it"}\n')
    }
    await arrived(2)
    expect(await running.end()).toMatchObject({
      ...{ code: 0, err: '' },
      out: expect.stringMatching(/goaltrace\.config\.json in .*: 2 changes of goals, nothing is pending/),
    })
    expect(receiver.logs.map(({ attributes: of }) => of['gen_ai.conversation.id']).sort()).toEqual(['one', 'two'])
    expect(receiver.logs[0]?.attributes).toMatchObject({ 'agent_goal.objective_length': 5 })
    expect(JSON.stringify(receiver.logs)).not.toContain('do it')
    expect(receiver.logs[0]?.resource['service.name']).toBe('my-agent')
  })

  it('follows a preset in two projects at once: what is in the home folder is reported by one of them', async () => {
    const goals = (project: string) => join(folder, project, '.opencode/goals/state.json')
    const state = (id: string) =>
      JSON.stringify({ goals: [{ id, sessionID: `ses_${id}`, status: 'active', objective: 'o' }] })
    const watches: Watching[] = []
    for (const project of ['one', 'two']) {
      mkdirSync(join(folder, project), { recursive: true })
      const running = await watching(['--preset', 'opencode'], folder, receiver, {}, join(folder, project))
      await running.prints('opencode in')
      watches.push(running)
    }
    await watches[1]?.says('Another goaltrace watches opencode already')
    for (const project of ['one', 'two']) write(goals(project), state(project))
    write(
      join(folder, '.local/state/opencode-goal/p/ses_three.json'),
      JSON.stringify({ sessionID: 'ses_three', goalId: 'g', status: 'active' }),
    )
    await arrived(3)
    for (const running of watches) await running.end()
    expect(receiver.logs.map(({ attributes: of }) => of['gen_ai.conversation.id']).sort()).toEqual([
      'ses_one',
      'ses_three',
      'ses_two',
    ])
  })

  it('names a file of any name without doing what that says to a terminal', async () => {
    config([{ ...MAPPING, path: ['logs/*.jsonl'] }])
    const running = await watch([])
    write(join(folder, 'logs/a\u001b[31m.jsonl'), '{"id":\n')
    await running.says('it has a line that is not valid JSON')
    expect((await running.end()).err).not.toContain('\u001b[31m')
  })

  it('records what goals say where that is asked for', async () => {
    config([MAPPING])
    const running = await watch(['--objectives'])
    write(join(folder, 'logs/one/goals.jsonl'), '{"id":"g","status":"active","text":"do it"}\n')
    await arrived(1)
    expect(receiver.logs[0]?.attributes['agent_goal.objective']).toBe('do it')
    await running.end()
  })

  it('says in a sentence what is wrong with a preset, a mapping, or a second watch of the same files', async () => {
    const fault = async (...args: string[]) => {
      const env = { HOME: folder, GOALTRACE_STATE_DIR: join(folder, 'state') }
      const { code, err } = await goaltrace(['watch', ...args], env, folder).ended
      return `${code} ${err}`
    }
    expect(await fault()).toBe(
      "2 goaltrace: Give an agent's database or a preset: `goaltrace watch goals.db`, `goaltrace watch --preset pi`.\n",
    )
    expect(await fault('--preset', 'py')).toMatch(/^2 goaltrace: There is no preset "py": the presets are .*\bpi\b/)
    expect(await fault('--preset', 'codex-acp')).toContain('use `goaltrace codex watch`')
    config([{ ...MAPPING, read: 'all' }])
    expect(await fault()).toBe(
      '1 goaltrace: goaltrace.config.json: files[0].read is "all"; expected one of lines, whole\n',
    )
    config([MAPPING])
    const running = await watch([])
    expect(await fault()).toBe(
      `1 goaltrace: Another goaltrace watches goaltrace.config.json in ${folder} already: let it, or end it and try again.\n`,
    )
    await running.end()
  })

  it('refuses a log, a folder, and an entry of whose paths nothing is left, and says what to do', async () => {
    const fault = async (...args: string[]) => {
      const env = { HOME: folder, GOALTRACE_STATE_DIR: join(folder, 'state') }
      const { code, err } = await goaltrace(['watch', ...args], env, folder).ended
      return `${code} ${err}`
    }
    write(join(folder, 'logs/x.jsonl'), '')
    const ways = (dir: string) =>
      `not a database: JSON files are followed by --preset NAME, or by \`files\` in goaltrace.config.json; \`goaltrace doctor ${dir}\` says which.\n`
    expect(await fault('logs/x.jsonl')).toBe(`2 goaltrace: logs/x.jsonl is a JSON file, ${ways('logs')}`)
    expect(await fault('logs')).toBe(`2 goaltrace: logs is a folder, ${ways('logs')}`)
    config([{ ...MAPPING, path: ['$MY_HOME/*.jsonl'] }])
    expect(await fault()).toBe(
      '1 goaltrace: goaltrace.config.json: nothing is left of the path $MY_HOME/*.jsonl, as $MY_HOME is not set: set it, or add a path without it.\n',
    )
  })

  it('reports a file that a preset and goaltrace.config.json match once', async () => {
    config([{ ...PRESET_PI[0], path: ['~/.pi/agent/sessions/**/*.jsonl'] }])
    const running = await watch(['--preset', 'pi'])
    write(join(folder, '.pi/agent/sessions/w/s.jsonl'), sample('pi-set-usage-clear.jsonl'))
    await running.says('the entry of $PI_CODING_AGENT_SESSION_DIR/**/*.jsonl of pi follows it')
    await arrived(6)
    expect(await running.end()).toMatchObject({ code: 0 })
    expect(receiver.logs).toHaveLength(6)
  })

  it.each([
    ['watch', '--preset', 'pi'],
    ['codex', 'watch'],
  ])('%s %s does nothing where OTEL_SDK_DISABLED is true, and says so', async (...args) => {
    const env = { HOME: folder, GOALTRACE_STATE_DIR: join(folder, 'state'), OTEL_SDK_DISABLED: 'true' }
    const { code, out, err } = await goaltrace(args, env, folder).ended
    expect({ code, out, err }).toEqual({ code: 0, out: 'Nothing is watched: OTEL_SDK_DISABLED is true.\n', err: '' })
    expect(existsSync(join(folder, 'state'))).toBe(false)
  })
})
