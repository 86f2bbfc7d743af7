import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CodexGoalEvent } from '../../src/codex/codex-goal-event.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

const KEYS = [
  'thread_id',
  'session_id',
  'turn_id',
  'app_server_client',
  'runtime',
  'thread_source',
  'subagent_source',
  'parent_thread_id',
  'goal_id',
  'event_kind',
  'goal_status',
  'has_token_budget',
  'cumulative_tokens_accounted',
  'cumulative_time_accounted_seconds',
]

/** A folder whose goaltrace.config.json maps tables of its user's agent. */
function mappedFolder(): string {
  const folder = scratchFolder()
  const tables = [{ table: 'goals', columns: { goalId: 'id', status: 'state' } }]
  writeFileSync(join(folder, 'goaltrace.config.json'), JSON.stringify({ tables }))
  return folder
}

describe('goaltrace demo', () => {
  it.each([
    ['in the folder', (folder: string) => goaltrace(['demo', '--json'], {}, folder)],
    [
      'named by GOALTRACE_CONFIG',
      (folder: string) => goaltrace(['demo', '--json'], { GOALTRACE_CONFIG: join(folder, 'goaltrace.config.json') }),
    ],
  ])('shows its goals beside a goaltrace.config.json %s, which maps others', async (_, demo) => {
    const { code, out } = await demo(mappedFolder()).ended
    const threads = [...out.matchAll(/"thread_id":"(thread-)?/g)].map(([, ofAgent]) => ofAgent)
    expect([code, new Set(threads)]).toEqual([0, new Set(['thread-', undefined])])
  })

  it('--json prints a codex_goal_event a line, and ends', async () => {
    const folder = scratchFolder()
    const { code, out, err } = await goaltrace(['demo', '--json'], { TMPDIR: folder }).ended
    expect([code, err]).toEqual([0, ''])
    const lines = out.split('\n')
    expect(lines.pop()).toBe('')
    const events = lines.map((line) => JSON.parse(line) as CodexGoalEvent)
    for (const event of events) {
      expect(Object.keys(event)).toEqual(['event_type', 'event_params'])
      expect(event.event_type).toBe('codex_goal_event')
      expect(Object.keys(event.event_params)).toEqual(KEYS)
    }
    const of = (name: 'event_kind' | 'goal_status') => new Set(events.map(({ event_params }) => event_params[name]))
    expect(of('event_kind')).toEqual(new Set(['created', 'usage_accounted', 'status_changed', 'cleared']))
    expect(of('goal_status')).toEqual(new Set(['active', 'paused', 'blocked', 'budget_limited', 'complete']))
    // The agent's own goals, and those of the recorded sessions, whose changes have turns.
    expect(events.filter(({ event_params }) => event_params.thread_id.startsWith('thread-')).length).toBeGreaterThan(10)
    expect(events.filter(({ event_params }) => event_params.turn_id !== null).length).toBeGreaterThan(10)
    expect(readdirSync(folder)).toEqual([])
  })

  it('without a terminal shows every event and every goal, plainly, and ends', async () => {
    // Settings of the user's own agents are not for it.
    const env = {
      TMPDIR: scratchFolder(),
      OTEL_SDK_DISABLED: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    }
    const { code, out, err } = await goaltrace(['demo'], env).ended
    expect([code, err]).toEqual([0, ''])
    expect(out).not.toContain('\u001b')
    const [, changes, events] = /^(\d+) committed changes, (\d+) events: every one was delivered\.$/m.exec(out) ?? []
    expect(Number(changes)).toBeGreaterThan(30)
    const lines = out.split('\n').filter((line) => /^ *\d+\.\d\d s /.test(line))
    expect(lines).toHaveLength(Number(events))
    expect(out).toMatch(/^…\w{6} {2}Port the parser +budget_limited +━+▲┄* +▇{8} +16,100\/12,000 +80 s$/m)
    expect(out).toMatch(/^…\w{6} {2}Write the benchmark note +complete +━+●┄* +▇▁{7} +330\/5,000 +[12] s$/m)
    expect(out).not.toContain('Ctrl-C')
  })

  it('leaves nothing behind when it is interrupted', async () => {
    const folder = scratchFolder()
    const { child, ended, prints } = goaltrace(['demo'], { TMPDIR: folder, FORCE_COLOR: '1' })
    // In colour, as that was asked for.
    await prints('\u001b[36mactive')
    expect(readdirSync(folder)).toHaveLength(1)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, err: '' })
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    [['--fast'], /Unknown option '--fast': `goaltrace help demo`/],
    [['extra'], /Unexpected argument 'extra'.*: `goaltrace help demo`/],
    [['--port', 'x'], /--port x is not a port/],
  ])('%j is answered with one sentence and exit code 2', async (args, sentence) => {
    const { code, out, err } = await goaltrace(['demo', ...args]).ended
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  it('names the next step where its port is taken, and leaves nothing behind', async () => {
    const [folder, receiver] = [scratchFolder(), await Receiver.start()]
    const { code, out, err } = await goaltrace(['demo', '--port', new URL(receiver.url).port], { TMPDIR: folder }).ended
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/Port \d+ is not available .*: name another with --port/)
    expect(readdirSync(folder)).toEqual([])
  })
})
