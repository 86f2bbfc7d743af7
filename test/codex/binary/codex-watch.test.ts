import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { CodexGoalEvent } from '../../../src/codex/codex-goal-event.ts'
import { runningBackend } from '../../backend/running-backend.ts'
import { goaltrace, type Running, scratchFolder } from '../../cli/goaltrace.ts'
import { AppServer, codexHome, startCodex, type Tap } from './codex-process.ts'
import { installedCodexes } from './installed.ts'
import { MockOpenAi } from './mock-openai.ts'

describe.each(installedCodexes())('Codex $version, watched', ({ binary }) => {
  it('as an app-server: gives the events that it posts, and those of its end', async () => {
    const { mock, home, reported, watching } = await watched()
    await wholeGoal(mock, binary, home)
    expect(await reported(mock.posted.length)).toEqual(mock.posted.map(withoutSystem).map(onDisk))
    expect(await stopped(watching)).toMatchObject({ code: 0, err: '' })
  })

  it('as an app-server that is tapped: gives the client and its connection as well', async () => {
    const { mock, home, state, payloads } = await watched()
    const bin = fileURLToPath(new URL('../../../bin/goaltrace.cjs', import.meta.url))
    const command = [process.execPath, bin, 'codex', 'app-server', '--']
    await wholeGoal(mock, binary, home, { command, env: { GOALTRACE_STATE_DIR: state } })
    expect(await payloads(mock.posted.length)).toEqual(mock.posted.map(withoutSystem))
  })

  it('killed in a turn: has reported what its database has', async () => {
    const { mock, home, reported } = await watched()
    mock.does(tool('exec_command', { cmd: 'true' }))
    const server = await AppServer.start(binary, home)
    const { thread } = await server.ask('thread/start', { model: 'mock-model' })
    const threadId = (thread as { id: string }).id
    await server.ask('thread/goal/set', { threadId, objective: 'Write the note' })
    await server.says('thread/goal/updated', ({ goal }: { goal: { tokensUsed: number } }) => goal.tokensUsed > 0)
    await server.end('SIGKILL')
    const events = await reported(2)
    const row = new Database(join(home, 'goals_1.sqlite')).prepare(
      'SELECT tokens_used, time_used_seconds FROM thread_goals',
    )
    expect(events.at(-1)).toMatchObject({ event_kind: 'usage_accounted', turn_id: expect.any(String) })
    expect(row.get()).toEqual({
      tokens_used: events.at(-1)?.cumulative_tokens_accounted,
      time_used_seconds: events.at(-1)?.cumulative_time_accounted_seconds,
    })
  })

  it('as `codex exec`: gives the events that it posts', async () => {
    const { mock, home, reported } = await watched()
    const goal = tool('create_goal', { objective: 'Write the note', token_budget: 5000 })
    mock.does(goal, tool('update_goal', { status: 'complete' }), { text: 'done' })
    const child = startCodex(binary, home, ['exec', '--skip-git-repo-check', '-C', home, 'create a goal and do it'])
    child.stdin?.end()
    await once(child, 'close')
    const events = await reported(3)
    expect(events).toEqual(mock.posted.map(withoutSystem).map(onDisk))
    expect(events[0]?.client).toBe('codex_exec')
  })
})

describe('Codex', () => {
  it.runIf(process.env.GOALTRACE_CODEX_ISOLATED)('is installed', () => expect(installedCodexes()).not.toEqual([]))
})

function tool(name: string, args: object) {
  return { tool: name, args }
}

async function watched() {
  const folder = scratchFolder()
  const mock = await MockOpenAi.start()
  const home = codexHome(folder, mock)
  const backend = await runningBackend()
  mkdirSync(join(folder, 'state'))
  const watching = goaltrace(['codex', 'watch'], {
    CODEX_HOME: home,
    GOALTRACE_STATE_DIR: join(folder, 'state'),
    OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
    OTEL_BLRP_SCHEDULE_DELAY: '10',
  })
  await watching.prints('no goals of Codex there yet')
  const payloads = async (atLeast: number) => {
    for (;;) {
      const rows = backend.rows('SELECT payload FROM event ORDER BY seq')
      if (rows.length >= atLeast)
        return rows.map(({ payload }) => withoutSystem(JSON.parse(String(payload)).event_params))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const reported = async (atLeast: number) => (await payloads(atLeast)).map(onDisk)
  return { mock, home, watching, reported, payloads, state: join(folder, 'state') }
}

/** A goal that a client sets, that is completed in a turn, and that the client clears. */
async function wholeGoal(mock: MockOpenAi, binary: string, home: string, tap?: Tap): Promise<void> {
  mock.does(tool('exec_command', { cmd: 'true' }), tool('update_goal', { status: 'complete' }), { text: 'done' })
  const server = await AppServer.start(binary, home, tap)
  const { thread } = await server.ask('thread/start', { model: 'mock-model', threadSource: 'user' })
  const threadId = (thread as { id: string }).id
  await server.ask('thread/goal/set', { threadId, objective: 'Write the note', tokenBudget: 5000 })
  await server.says('turn/completed')
  await server.ask('thread/goal/clear', { threadId })
  await posted(mock, 'cleared')
  await server.end()
}

/** How many come before it is Codex's affair: usage that it learns of too late is in none. */
async function posted(mock: MockOpenAi, last: string): Promise<void> {
  while (mock.posted.at(-1)?.event_kind !== last) await new Promise((resolve) => setTimeout(resolve, 20))
}

function stopped(watching: Running) {
  watching.child.kill('SIGINT')
  return watching.ended
}

type Params = CodexGoalEvent['event_params']

/** Without what only Codex's process knows: the system's version. */
function withoutSystem({ runtime, ...params }: Params): Omit<Params, 'runtime'> {
  const { runtime_os_version: _, ...machine } = runtime
  return { ...params, machine } as Omit<Params, 'runtime'>
}

/** Without what no file says either: the client's own name and version, and how it is connected. */
function onDisk({ app_server_client, ...params }: Omit<Params, 'runtime'>) {
  return { ...params, client: app_server_client.product_client_id }
}
