import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { GoalDetail, GoalSummary, StoredEvent } from '../../src/backend/api/api.ts'
import { goalDetailText } from '../../src/cli/terminal/goal-detail-text.ts'
import { goalList } from '../../src/cli/terminal/goal-list.ts'
import { columnsOf } from '../../src/cli/terminal/printable.ts'
import { printJson } from '../../src/otlp/json.ts'
import { NOON, send } from '../backend/goal-histories.ts'
import { payload } from '../backend/goal-records.ts'
import { type RunningBackend, runningBackend } from '../backend/running-backend.ts'
import { type Ended, goaltrace } from './goaltrace.ts'

const HOSTILE = 'Wipe\u001b[2J\u001b]0;x\u0007 the disk\r\n\u202e目标'

async function goalsOf(backend: RunningBackend, ...args: string[]): Promise<Ended> {
  return goaltrace(['goals', '--url', backend.url, ...args]).ended
}

async function goalOf(backend: RunningBackend, ...args: string[]): Promise<Ended> {
  return goaltrace(['goal', '--url', backend.url, ...args]).ended
}

/** One that answers the same to everything. @returns where it is. */
async function otherServer(type: string, body: string, status: number): Promise<string> {
  const other = createServer((_, response) => void response.writeHead(status, { 'content-type': type }).end(body))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`
}

async function threeGoals(): Promise<RunningBackend> {
  const backend = await runningBackend()
  await send(
    backend,
    { goal: 'goal-0000aaaa', at: 0, kind: 'created', objective: 'Port the parser', budget: 12_000, tokens: 0 },
    { goal: 'goal-0000aaaa', at: 5000, kind: 'usage_accounted', tokens: 6000, seconds: 31, budget: 12_000 },
    { goal: 'goal-0000bbbb', at: 6000, kind: 'created', objective: HOSTILE, service: 'reviewer' },
    { goal: 'goal-0000bbbb', at: 7000, status: 'blocked', service: 'reviewer' },
    { goal: 'goal-0000cccc', at: 8000, kind: 'created' },
    { goal: 'goal-0000cccc', at: 9000, kind: 'cleared' },
  )
  return backend
}

describe('goaltrace goals', () => {
  it('prints one line a goal, the one that changed last first', async () => {
    const { code, out, err } = await goalsOf(await threeGoals())
    expect([code, err]).toEqual([0, ''])
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[1]).toMatch(/^…00cccc {2}thread-1 +cleared /)
    expect(lines[2]).toMatch(/^…00bbbb {2}Wipe�\[2J�\]0;x� the disk 目标 +blocked .* reviewer +\d+ d ago$/)
    expect(lines[3]).toMatch(/^…00aaaa {2}Port the parser +active +▇{4}▁{4} +6,000\/12,000 +31 s {2}agent +\d+ d ago$/)
    expect(out).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u)
  })

  it('--json prints each as the API does, integers whole', async () => {
    const backend = await threeGoals()
    const big = payload({ goal_id: 'big', cumulative_tokens_accounted: 9007199254740993n })
    const body = JSON.stringify({ events: [big] }, (_, value) => (typeof value === 'bigint' ? 'BIG' : value))
    await backend.post('/codex/analytics-events/events', body.replace('"BIG"', '9007199254740993'))
    const { code, out } = await goalsOf(backend, '--json')
    const lines = out.trimEnd().split('\n')
    expect(code).toBe(0)
    expect(lines[0]).toContain('"tokens_used":9007199254740993,')
    const { goals } = await backend.get('/api/goals')
    expect(lines.map((line) => JSON.parse(line))).toEqual(goals)
    expect(out).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u)
  })

  it('--state and --limit choose', async () => {
    const backend = await threeGoals()
    const { out } = await goalsOf(backend, '--state', 'active', '--state', 'blocked', '--limit', '1')
    expect(out).toContain('00bbbb')
    expect(out).not.toContain('00aaaa')
    expect(out).toContain('… and 1 more: --limit shows them.')
    expect((await goalsOf(backend, '--state', 'paused')).out).toBe('No goal is in that state.\n')
  })

  it('says how the first goal comes where there is none', async () => {
    const backend = await runningBackend()
    const { code, out } = await goalsOf(backend)
    const start = `OTEL_EXPORTER_OTLP_ENDPOINT=${backend.url} goaltrace run --map -- node agent.mjs`
    expect([code, out]).toEqual([0, `No goal has come yet: run an agent by \`${start}\`, or see \`goaltrace demo\`.\n`])
  })

  it('says how an agent reaches a backend that demands a token', async () => {
    const backend = await runningBackend({ token: 'very-secret' })
    const { out } = await goaltrace(['goals', '--url', backend.url], { GOALTRACE_TOKEN: 'very-secret' }).ended
    expect(out).toContain('OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20$GOALTRACE_TOKEN" goaltrace run')
    expect(out).not.toContain('very-secret')
  })

  it('--watch without a terminal prints each goal again when it changes, and ends on Ctrl-C', async () => {
    const backend = await threeGoals()
    const { child, ended, prints } = goaltrace(['goals', '--watch', '--url', backend.url])
    await prints('00cccc')
    await send(backend, { goal: 'goal-0000aaaa', at: 20_000, status: 'complete' })
    await prints('complete')
    child.kill('SIGINT')
    const { code, out, err } = await ended
    expect([code, err]).toEqual([0, ''])
    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => line.slice(0, 7).trim())).toEqual(['goal', '…00aaaa', '…00bbbb', '…00cccc', '…00aaaa'])
    expect(out).not.toContain('\u001b')
  })

  it('shows that another goal has replaced one on its thread, and so does its detail, with fractions', async () => {
    const backend = await runningBackend()
    await send(
      backend,
      { goal: 'first', at: 0, kind: 'created', objective: 'Port the parser' },
      { goal: 'first', at: 1000, kind: 'usage_accounted', tokens: 0.125, seconds: 0.625 },
      { goal: 'second', at: 9000, kind: 'created', previous: 'first', seconds: 12.625 },
    )
    const { out } = await goalsOf(backend)
    expect(out).toMatch(/^second .* active .* 12\.6 s /m)
    expect(out).toMatch(/^first +Port the parser +replaced +0\.125 +625 ms /m)
    expect((await goalsOf(backend, '--state', 'active')).out).not.toContain('Port the parser')
    expect((await goalsOf(backend, '--state', 'replaced')).out).toContain('Port the parser')
    const detail = (await goalOf(backend, 'first')).out
    expect(detail).toMatch(/^status +replaced, /m)
    expect(detail).toMatch(/^replaced +by second$/m)
    expect(detail).toMatch(/^━+◌$/m)
    expect((await goalsOf(backend, '--json', '--state', 'replaced')).out).toContain('"replaced_by":"second"')
  })

  it('--watch --state reports that a goal has been replaced', async () => {
    const backend = await runningBackend()
    await send(backend, { goal: 'first', at: 0, kind: 'created' })
    const { child, ended, prints } = goaltrace([
      'goals',
      '--watch',
      '--json',
      '--state',
      'active',
      '--url',
      backend.url,
    ])
    await prints('"first"')
    await send(backend, { goal: 'second', at: 9000, kind: 'created', previous: 'first' })
    await prints('"replaced_by":"second"')
    await prints('"goal_id":"second"')
    child.kill('SIGINT')
    expect((await ended).code).toBe(0)
  })

  it('--watch --state reports that a goal has left the state, once', async () => {
    const backend = await threeGoals()
    const args = ['goals', '--watch', '--json', '--state', 'active', '--url', backend.url]
    const { child, ended, prints } = goaltrace(args)
    await prints('00aaaa')
    await send(backend, { goal: 'goal-0000aaaa', at: 20_000, status: 'blocked' })
    await prints('"blocked"')
    await send(backend, { goal: 'goal-0000aaaa', at: 21_000, status: 'paused' })
    await send(backend, { goal: 'goal-0000dddd', at: 22_000 })
    await prints('00dddd')
    child.kill('SIGINT')
    const { out } = await ended
    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line)).map(({ goal_id, status }) => [goal_id, status])).toEqual([
      ['goal-0000aaaa', 'active'],
      ['goal-0000aaaa', 'blocked'],
      ['goal-0000dddd', 'active'],
    ])
  })

  it('--watch --state reports a goal that left it while the backend was away', async () => {
    const backend = await runningBackend()
    const { hostname: host, port } = new URL(backend.url)
    await send(backend, { goal: 'stays', at: 0 }, { goal: 'leaves', at: 1 })
    const args = ['goals', '--watch', '--json', '--state', 'active', '--url', backend.url]
    const { prints } = goaltrace(args)
    await prints('"leaves"')
    await backend.close()
    const elsewhere = await runningBackend({ file: backend.file })
    await send(elsewhere, { goal: 'leaves', at: 2, status: 'complete' })
    await elsewhere.close()
    await runningBackend({ host, port: Number(port), file: backend.file })
    await prints('"complete"')
  })

  // util-linux's `script` gives it a terminal.
  it.skipIf(process.platform !== 'linux')(
    '--watch draws them anew in a terminal, no wider, and leaves it as it was',
    async () => {
      const backend = await threeGoals()
      const bin = fileURLToPath(new URL('../../bin/goaltrace.cjs', import.meta.url))
      const command = `stty cols 40 rows 8; exec '${process.execPath}' '${bin}' goals --watch --url ${backend.url}`
      const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      let out = ''
      child.stdout.on('data', (chunk) => {
        out += chunk
      })
      const screen = () =>
        stripVTControlCharacters(out.slice(out.lastIndexOf('\u001b[H')))
          .trimEnd()
          .split('\r\n')
      await expect.poll(() => screen().at(-1), { timeout: 60_000 }).toMatch(/^…00aaaa {2}Port the .*active/)
      await send(backend, { goal: 'goal-0000aaaa', at: 20_000, status: 'complete' })
      await expect.poll(() => screen()[3], { timeout: 60_000 }).toMatch(/^…00aaaa {2}Port the .*complete/)
      for (const line of screen()) expect(line.length).toBeLessThanOrEqual(40)
      // Ctrl-C, as a terminal sends it.
      child.stdin.write('\u0003')
      expect(await once(child, 'exit')).toEqual([0, null])
      expect(out).toContain('\u001b[?1049h')
      expect(out.trimEnd()).toMatch(/\[\?25h.\[\?1049l$/)
    },
  )

  it('--watch --json does so as JSON, and goes on when the backend comes back', async () => {
    const backend = await runningBackend()
    const { hostname: host, port } = new URL(backend.url)
    const { child, ended, prints } = goaltrace(['goals', '--watch', '--json', '--url', backend.url])
    await send(backend, { goal: 'first', at: 0 })
    await prints('"first"')
    await backend.close()
    const again = await runningBackend({ host, port: Number(port), file: backend.file })
    await send(again, { goal: 'second', at: 1 })
    await prints('"second"')
    child.kill('SIGTERM')
    const { code, out } = await ended
    expect(code).toBe(0)
    for (const line of out.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ thread_id: 'thread-1' })
  })
})

describe('a reader that leaves, such as head', () => {
  it.each(['goals', 'goals --json', 'goals --watch', 'goal 0000aaaa', 'goal 0000aaaa --json'])(
    'ends %s quietly',
    async (args) => {
      const backend = await threeGoals()
      const { child, ended } = goaltrace([...args.split(' '), '--url', backend.url])
      child.stdout?.destroy()
      expect(await ended).toMatchObject({ code: 0, signal: null, err: '' })
    },
  )

  it('of what goes wrong leaves the exit code', async () => {
    const { child, ended } = goaltrace(['goals', '--url', 'http://127.0.0.1:9'])
    child.stderr?.destroy()
    expect((await ended).code).toBe(1)
  })
})

const goal = (of: Partial<GoalSummary>): GoalSummary => ({
  thread_id: 'thread-1',
  goal_id: 'goal-0000aaaa',
  session_id: 's',
  service: 'an agent whose name is rather long',
  status: 'usage_limited',
  reason: null,
  cost: null,
  cleared: false,
  has_token_budget: true,
  token_budget: 12_000_000,
  tokens_used: 6_000_000,
  time_used_seconds: 86_400 * 3,
  objective: '目标 '.repeat(100),
  model: null,
  first_at: new Date(NOON).toISOString(),
  last_at: new Date(NOON).toISOString(),
  stale_at: null,
  stopped_at: null,
  replaced_by: null,
  replaced_at: null,
  events: 1,
  ...of,
})

describe('a list of goals', () => {
  it.each([24, 30, 40, 50, 64, 80, 100, 120, 200])('is no wider than a terminal of %d columns', (columns) => {
    const text = goalList([goal({}), goal({ objective: null, service: null })], NOON + 3_600_000, columns)
    for (const line of stripVTControlCharacters(text).split('\n')) {
      expect([...line].reduce((sum, one) => sum + (one > '\u2e80' && one !== '…' ? 2 : 1), 0)).toBeLessThanOrEqual(
        columns,
      )
    }
    expect(text).toContain('usage_limited')
  })
})

describe('goaltrace goal', () => {
  it('shows the goal that a part of an id names', async () => {
    const backend = await threeGoals()
    const { code, out, err } = await goalOf(backend, '…00AAAA')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(
      /^Port the parser\n\ngoal {5}goal-0000aaaa\nthread {3}thread-1\nagent {4}agent\nstatus {3}active, last/,
    )
    expect(out).toMatch(/^tokens {3}6,000\/12,000 ▇{4}▁{4}$/m)
    expect(out).toMatch(/^━+$/m)
    expect(out).toMatch(/^ 0\.00 s {2}created +active +0\/12,000 +turn-1$/m)
    expect(out).toMatch(/^ 5\.00 s {2}usage_accounted {2}active +6,000\/12,000 +31 s {2}turn-1$/m)
  })

  it('makes hostile texts harmless', async () => {
    const { code, out } = await goalOf(await threeGoals(), '0000bbbb')
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toBe('Wipe�[2J�]0;x� the disk 目标')
    expect(out).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u)
  })

  it('links the traces to Jaeger where the backend knows it', async () => {
    const backend = await runningBackend({ jaeger: 'http://127.0.0.1:16686' })
    await send(backend, { at: 0, trace: '1'.repeat(32) })
    expect((await goalOf(backend, 'goal-1')).out).toContain(`traces   http://127.0.0.1:16686/trace/${'1'.repeat(32)}\n`)
  })

  it('shows what came without attributes, too', async () => {
    const backend = await runningBackend()
    await backend.post('/codex/analytics-events/events', { events: [payload()] })
    expect((await goalOf(backend, 'goal-1')).out).toMatch(/usage_accounted {2}active +1,200 +34 s$/m)
  })

  it('prints integers beyond 2^53 as they are', async () => {
    const backend = await runningBackend()
    const [tokens, seconds] = [9007199254740993n, 9223372036854775807n]
    const big = payload({ cumulative_tokens_accounted: tokens, cumulative_time_accounted_seconds: seconds })
    await backend.post('/codex/analytics-events/events', printJson({ events: [big] }))
    const { out } = await goalOf(backend, 'goal-1')
    expect(out).toMatch(/^tokens +9,007,199,254,740,993$/m)
    expect(out).toMatch(/usage_accounted {2}active +9,007,199,254,740,993 +106751991167300 d$/m)
    expect((await goalsOf(backend)).out).toContain(' 9,007,199,254,740,993 ')
  })

  it('says of an id that no request can carry what is wrong with it', async () => {
    const { code, out, err } = await goalOf(await runningBackend(), 'x'.repeat(20_000))
    expect([code, out, err]).toEqual([1, '', "goaltrace: That goal's id is too long for a request.\n"])
  })

  it('--json prints it as the API does', async () => {
    const backend = await threeGoals()
    const { code, out } = await goalOf(backend, 'goal-0000bbbb', '--json')
    expect([code, JSON.parse(out)]).toEqual([0, await backend.get('/api/goals/thread-1/goal-0000bbbb')])
  })

  it('asks which one where several fit, and says so where none does', async () => {
    const backend = await threeGoals()
    const several = await goalOf(backend, 'goal-0000')
    expect([several.code, several.out]).toEqual([1, ''])
    expect(several.err).toContain(
      'goal-0000 matches 3 goals; be more specific: thread-1/goal-0000cccc thread-1/goal-0000bbbb',
    )
    expect((await goalOf(backend, 'zzzz')).err).toContain("No goal's id has zzzz in it")
    await send(backend, { thread: 'a/fork', goal: 'goal-0000aaaa', at: 1 })
    expect((await goalOf(backend, 'goal-0000aaaa')).err).toContain('matches 2 goals')
    expect((await goalOf(backend, 'a/fork/goal-0000aaaa')).out).toContain('thread   a/fork\n')
  })
})

describe("a goal's history", () => {
  const event = (of: object, atMs: number): StoredEvent => ({
    cursor: '1',
    uid: '1',
    received_at: new Date(NOON + atMs).toISOString(),
    occurred_at: new Date(NOON + atMs).toISOString(),
    service: 'agent',
    budget_warning: null,
    trace_id: null,
    span_id: null,
    payload: payload({ turn_id: 'turn-1', ...of }) as StoredEvent['payload'],
    attributes: { 'agent_goal.usage.tokens': 6_000_000, 'agent_goal.token_budget': 12_000_000 },
    resource: null,
  })

  it.each([
    [30, 'active'],
    [30, 'budget_limited'],
    [40, 'active'],
    [45, 'complete'],
    [60, 'budget_limited'],
    [80, 'active'],
  ] as const)('is no wider than a terminal of %d columns while it is %s', (columns, status) => {
    const detail: GoalDetail = {
      goal: { ...goal({}), status },
      events: [event({ event_kind: 'created' }, 0), event({ goal_status: status }, 99_000)],
      complete: false,
      spans: [],
      trace_id: null,
    }
    const text = stripVTControlCharacters(goalDetailText(detail, null, NOON + 3_600_000, columns))
    for (const line of text.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(columns)
    expect(text).toMatch(new RegExp(`usage_a.* ${status}`))
    for (const word of ['━ active', '▲ limited', '○ cleared']) expect(text).toContain(word)
  })
})

describe('a backend that cannot be read', () => {
  it.each(['goals', 'goal x', 'goals --watch', 'goals --json'])(
    '%s says how to start one where none answers',
    async (args) => {
      const { code, out, err } = await goaltrace([...args.split(' '), '--url', 'http://127.0.0.1:9']).ended
      expect([code, out]).toEqual([1, ''])
      expect(err).toContain('No backend answers at http://127.0.0.1:9: start one by `goaltrace backend`')
      expect(err.trimEnd().split('\n')).toHaveLength(1)
    },
  )

  it('says that the token is wanting, sends it, and never prints it', async () => {
    const backend = await runningBackend({ token: 'very-secret' })
    for (const env of [{}, { GOALTRACE_TOKEN: 'guess' }]) {
      const { code, err } = await goaltrace(['goals', '--url', backend.url], env).ended
      expect([code, err]).toEqual([1, expect.stringContaining('requires a token: set GOALTRACE_TOKEN')])
    }
    const { code, out, err } = await goaltrace(['goals', '--url', backend.url], { GOALTRACE_TOKEN: 'very-secret' })
      .ended
    expect([code, out.includes('No goal has come yet')]).toEqual([0, true])
    expect(out + err).not.toContain('very-secret')
  })

  it.each(['goals', 'goal x', 'goals --watch'])(
    '%s does not say that none answers where the token cannot be sent',
    async (args) => {
      const backend = await runningBackend()
      const { code, out, err } = await goaltrace([...args.split(' '), '--url', backend.url], {
        GOALTRACE_TOKEN: 'ключ',
      }).ended
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain('GOALTRACE_TOKEN has characters that are not printable ASCII')
      expect(err).not.toContain('ключ')
    },
  )

  it.each([
    ['text/html', '<h1>Collector</h1>', 200],
    ['text/plain', '404 page not found', 404],
    ['application/json', '{"message":"\\u001b[2Jno"}', 400],
  ])('says that %s %j is none of its answers', async (type, body, status) => {
    const { code, err } = await goaltrace(['goals', '--url', await otherServer(type, body, status)]).ended
    expect([code, err]).toEqual([1, expect.stringMatching(status === 400 ? /�\[2Jno/ : /is not a goaltrace backend/)])
  })

  it('--watch says so too instead of waiting for ever', async () => {
    const url = await otherServer('text/html', '<h1>Welcome</h1>', 200)
    const { code, out, err } = await goaltrace(['goals', '--watch', '--url', url]).ended
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('is not a goaltrace backend')])
  })

  it.each([
    [['goals', '--url', 'here'], /--url here is not an address/],
    [['goals', '--limit', '0'], /--limit 0 is not a number from 1 to 1000\.$/m],
    [['goals', '--state', 'asleep'], /--state asleep is not a state of a goal: give one of active/],
    [['goals', '--url='], /--url is empty: `goaltrace help goals` shows/],
    [['goals', '--state', ''], /--state is empty/],
    [['goal', 'a', '--url='], /--url is empty/],
    [['goals', 'extra'], /Unexpected argument 'extra'/],
    [['goal'], /Give one goal, by its id/],
    [['goal', 'a', 'b'], /Give one goal, by its id/],
  ])('%j is answered with one sentence and exit code 2', async (args, sentence) => {
    const { code, out, err } = await goaltrace(args).ended
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(sentence)
  })
})
