import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

const SCHEMA = readFileSync(new URL('../recordings/schema.sql', import.meta.url), 'utf8')
const THREAD = '01a223a0-8058-74b0-b0d6-dc9c87c2e060'
const TURN = '01a223a0-81a9-7f51-9822-685349a67684'
const FAILED = '01a223a0-89a5-7720-bbf3-50989db3c6a3'
const MARKER = 'MARKER'

describe('goaltrace codex watch', () => {
  it('reports whole events of a Codex that starts after it, and goes on with what happens while it is away', async () => {
    const receiver = await Receiver.start()
    const codex = playedCodex()
    const first = watch(codex.home, codex.state, receiver)
    await first.prints('no goals of Codex there yet')
    codex.starts()
    await first.prints('watching the goals of Codex')
    codex.setsGoal('active')
    codex.turn(TURN, () => codex.accounts(110))
    await until(() => receiver.logs.length === 2)
    await until(() => receiver.spans.some(({ name }) => name === 'invoke_agent codex'))
    expect(await stopped(first)).toMatchObject({
      code: 0,
      out: expect.stringContaining('2 changes of goals, nothing is pending'),
    })

    expect((await first.ended).out).not.toContain('state_5')

    // Nobody watches.
    codex.turn(FAILED, () => codex.fails('usage_limited'), { error: { codex_error_info: 'usage_limit_exceeded' } })
    const second = watch(codex.home, codex.state, receiver)
    await second.prints('watching the goals of Codex')
    codex.deletesThread()
    await until(() => receiver.logs.length === 4)
    const { out, err } = await stopped(second)

    const told = receiver.logs.map(({ eventName, attributes: a, resource }) => [
      eventName.slice('agent_goal.'.length),
      a['agent_goal.turn.id'],
      a['agent_goal.source'],
      a['session.id'],
      a['agent_goal.client.id'],
      a['agent_goal.client.rpc_transport'],
      a['agent_goal.thread.source'],
      `${resource['service.name']} ${resource['service.version']}`,
    ])
    const whole = [THREAD, 'codex-tui', 'unknown', 'user', 'codex 0.171.0']
    expect(told).toEqual([
      ['created', undefined, 'recorded', ...whole],
      ['usage_accounted', TURN, 'recorded', ...whole],
      ['status_changed', FAILED, 'recorded', ...whole],
      ['cleared', undefined, 'recorded', ...whole],
    ])
    // The turn is the parent of what it cost the goal.
    const turns = receiver.spans.filter(({ name }) => name === 'invoke_agent codex')
    expect(turns.map(({ attributes }) => [attributes['agent_goal.turn.id'], attributes['error.type']])).toEqual([
      [TURN, undefined],
      [FAILED, 'usage_limit_exceeded'],
    ])
    const changes = receiver.spans.filter(({ name }) => name.includes('_goal'))
    const ofTurns = changes.filter(({ name }) => name !== 'create_goal').map(({ parentSpanId }) => parentSpanId)
    expect(turns.map(({ spanId }) => spanId)).toEqual(ofTurns)

    // Where the goal was created and cleared by a person, in no turn, its own trace tells of it.
    const root = receiver.spans.find(({ name }) => name === 'goal')
    const below = receiver.spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId).map(({ name }) => name)
    expect(below.sort()).toEqual(['active', 'create_goal', 'turn', 'turn', 'usage_limited'])
    expect(root?.attributes['agent_goal.end']).toBe('cleared')

    // No prompt, answer, argument or objective is in anything that was said, sent or kept.
    const sent = JSON.stringify([receiver.logs, receiver.spans, receiver.metrics])
    const kept = readdirSync(codex.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    expect(kept.join('')).toContain(THREAD)
    for (const text of [out, err, (await first.ended).out, (await first.ended).err, sent, ...kept]) {
      expect(text.includes(MARKER)).toBe(false)
    }
  })

  it('loses nothing and repeats nothing where it is killed, whatever it was doing', async () => {
    const receiver = await Receiver.start()
    const codex = playedCodex()
    codex.starts()
    codex.setsGoal('active')
    let tokens = 0
    for (let kill = 0; kill < 5; kill++) {
      const killed = watch(codex.home, codex.state, receiver)
      await killed.prints('watching the goals of Codex')
      const until = tokens + 40
      while (tokens < until) {
        codex.turn(`turn ${tokens}`, () => codex.accounts(++tokens))
        const endedAt = Date.now()
        // No turn of Codex's begins in the millisecond in which one before it ends: times are all that tells them apart.
        do await new Promise((resolve) => setTimeout(resolve, kill))
        while (Date.now() === endedAt)
      }
      killed.child.kill('SIGKILL')
      await killed.ended
    }
    const last = watch(codex.home, codex.state, receiver)
    await last.prints('watching the goals of Codex')
    codex.deletesThread()
    await until(() => receiver.logs.some(({ eventName }) => eventName === 'agent_goal.cleared'))
    await stopped(last)
    // A batch that was sent as it was killed is sent again, under the same uids.
    const told = new Map(receiver.logs.map((log) => [log.uid, log.attributes]))
    const used = [...told.values()].map((attributes) => attributes['agent_goal.usage.tokens'])
    expect(used).toEqual([...Array.from({ length: tokens }, (_, at) => at + 1), tokens])
    const turns = [...told.values()].map((attributes) => attributes['agent_goal.turn.id']).filter((turn) => turn)
    expect(turns).toEqual(Array.from({ length: tokens }, (_, at) => `turn ${at}`))
  })

  it('shows a turn that a killed Codex left open, and one that a killed watch left', async () => {
    const receiver = await Receiver.start()
    const codex = playedCodex()
    codex.starts()
    codex.setsGoal('active')
    const turns = () =>
      receiver.spans.flatMap(({ name, attributes }) =>
        name === 'invoke_agent codex' ? [[attributes['agent_goal.turn.id'], attributes['error.type']]] : [],
      )
    const first = watch(codex.home, codex.state, receiver)
    await first.prints('watching the goals of Codex')
    codex.turn(TURN, () => codex.accounts(110), null)
    await until(() => receiver.logs.length === 1)
    first.child.kill('SIGKILL')
    await first.ended
    codex.turnEnds(TURN)
    const second = watch(codex.home, codex.state, receiver)
    await until(() => turns().length === 1)
    const process = codex.loads()
    codex.turn(FAILED, () => codex.accounts(120), null)
    await until(() => receiver.logs.some(({ attributes }) => attributes['agent_goal.usage.tokens'] === 120))
    process.kill('SIGKILL')
    await until(() => turns().length === 2)
    expect(turns()).toEqual([
      [TURN, undefined],
      [FAILED, 'process_died'],
    ])
    await stopped(second)
  })

  it('--help says what is read, and an option that it does not have is refused', async () => {
    expect(await goaltrace(['codex', 'watch', '--help']).ended).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^goaltrace codex watch: .*No prompt, answer or objective/s),
    })
    expect(await goaltrace(['codex', 'watch', '--fast']).ended).toMatchObject({ code: 2, out: '' })
  })
})

function watch(home: string, state: string, receiver: Receiver) {
  return goaltrace(['codex', 'watch'], {
    CODEX_HOME: home,
    GOALTRACE_STATE_DIR: state,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BLRP_SCHEDULE_DELAY: '10',
  })
}

function stopped(watching: ReturnType<typeof watch>) {
  watching.child.kill('SIGINT')
  return watching.ended
}

/** What a Codex writes, in its order: first the row, then the line that tells its cause. */
function playedCodex() {
  const folder = scratchFolder()
  const [home, state] = [join(folder, 'codex'), join(folder, 'state')]
  mkdirSync(state)
  const sessions = join(home, 'sessions/2026/11/28')
  const rollout = join(sessions, `rollout-2026-11-28T19-27-31-${THREAD}.jsonl`)
  const secret = { message: MARKER, text: MARKER, arguments: MARKER, objective: MARKER, content: [{ text: MARKER }] }
  const write = (type: string, payload: object) =>
    appendFileSync(
      rollout,
      `${JSON.stringify({ timestamp: new Date().toISOString(), type, payload: { ...payload, ...secret } })}\n`,
    )
  const event = (type: string, more: object) => write('event_msg', { type, ...more })
  let database: Database.Database
  onTestFinished(() => void database?.close())
  const update = (set: string) => {
    const now = Date.now()
    database.prepare(`UPDATE thread_goals SET ${set}, updated_at_ms = ?`).run(now)
    return now
  }
  return {
    home,
    state,
    starts() {
      mkdirSync(sessions, { recursive: true })
      writeFileSync(join(home, 'config.toml'), `# ${MARKER}\n`)
      new Database(join(home, 'state_5.sqlite')).exec('CREATE TABLE threads (id)').close()
      database = new Database(join(home, 'goals_1.sqlite'))
      database.pragma('journal_mode = WAL')
      database.exec(SCHEMA)
    },
    setsGoal(status: string) {
      const now = Date.now()
      database
        .prepare('INSERT INTO thread_goals VALUES (?, ?, ?, ?, 5000, 0, 0, ?, ?)')
        .run(THREAD, 'goal', MARKER, status, now, now)
      const meta = {
        id: THREAD,
        session_id: THREAD,
        originator: 'codex-tui',
        cli_version: '0.171.0',
        thread_source: 'user',
      }
      write('session_meta', { ...meta, source: 'cli', cwd: MARKER, base_instructions: secret })
      const goal = {
        ...secret,
        status,
        tokenBudget: 5000,
        tokensUsed: 0,
        timeUsedSeconds: 0,
        updatedAt: Math.floor(now / 1000),
      }
      event('thread_goal_updated', { threadId: THREAD, goal })
    },
    /** A process that has the thread loaded. */
    loads() {
      const file = openSync(rollout, 'a')
      const child = spawn('sleep', ['1000'], { stdio: ['ignore', 'ignore', 'ignore', file] })
      closeSync(file)
      onTestFinished(() => void child.kill('SIGKILL'))
      return child
    },
    /** @param end Null for one that does not end. */
    turn(turn_id: string, during: () => void, end: object | null = {}) {
      event('task_started', { turn_id, turn_attribution: { turn_trigger: 'goal' } })
      event('user_message', {})
      write('response_item', { type: 'message', role: 'user' })
      write('response_item', { type: 'function_call', name: 'exec_command', call_id: 'c' })
      during()
      write('response_item', { type: 'function_call_output', call_id: 'c', output: MARKER })
      if (end) this.turnEnds(turn_id, end)
    },
    turnEnds(turn_id: string, end: object = {}) {
      event('task_complete', { turn_id, last_agent_message: MARKER, ...end })
    },
    accounts: (tokens: number) => update(`tokens_used = ${tokens}`),
    fails: (status: string) => update(`status = '${status}'`),
    deletesThread: () => database.exec('DELETE FROM thread_goals'),
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
