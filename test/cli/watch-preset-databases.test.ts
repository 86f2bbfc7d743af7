import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { BUN, hasBun } from '../drivers/bun.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'
import { watching } from './watching.ts'

const LONG = { timeout: 50_000 }
const script = (name: string) => fileURLToPath(new URL(`databases/${name}`, import.meta.url))
const hasPython = spawnSync('python3', ['-c', 'import sqlite3']).status === 0

let folder: string
let receiver: Receiver

beforeEach(async () => {
  folder = scratchFolder()
  receiver = await Receiver.start()
})

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { PATH: process.env.PATH } })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
}

const claude = (...sql: string[]) =>
  run('python3', script('claude-goal.py'), join(folder, '.claude/goal/goals.sqlite'), ...sql)
const setGoal = (id: string) =>
  `INSERT INTO goals (id, session_id, objective, status, created_at, updated_at) VALUES ('${id}', 's-${id}', 'HERON', 'active', 1, 1)`

const received = () =>
  receiver.logs.map(({ eventName, attributes: of, resource }) => {
    const kind = eventName.replace('agent_goal.', '')
    return [
      resource['service.name'],
      of['gen_ai.conversation.id'],
      of['agent_goal.id'],
      kind,
      of['agent_goal.status'],
    ].join(' ')
  })

const arrived = (count: number) => expect.poll(() => receiver.logs.length, LONG).toBe(count)

describe.skipIf(!hasPython)('goaltrace watch --preset claude-goal', () => {
  it('reports the goals of a database that is there, which Python writes', async () => {
    claude(setGoal('old'))
    const running = await watching(['--preset', 'claude-goal'], folder, receiver)
    await running.prints('goals.sqlite: watching goals')
    claude(setGoal('a'))
    await arrived(1)
    claude("UPDATE goals SET status = 'complete', time_used_seconds = 7 WHERE id = 'old'")
    await arrived(3)
    claude("DELETE FROM goals WHERE id = 'a'")
    await arrived(4)
    expect(received()).toEqual([
      'claude-code s-a a created active',
      'claude-code s-old old usage_accounted complete',
      'claude-code s-old old status_changed complete',
      'claude-code s-a a cleared active',
    ])
    expect(JSON.stringify(receiver.logs)).not.toContain('HERON')
    expect((await running.end()).code).toBe(0)
  })

  it('reports those of a database that appears, with what stands in it by then', async () => {
    const running = await watching(['--preset', 'claude-goal'], folder, receiver)
    await running.prints(`claude-goal: watching for a database at ${join(folder, '.claude/goal/goals.sqlite')}; Ctrl-C`)
    claude(setGoal('a'))
    await running.prints('goals.sqlite: watching goals')
    await arrived(1)
    claude("UPDATE goals SET status = 'paused'")
    await arrived(2)
    expect((await running.end()).code).toBe(0)
  })

  it('watches one that is copied into place, once it can be read', async () => {
    const [source, file] = [join(folder, 'source.sqlite'), join(folder, '.claude/goal/goals.sqlite')]
    run('python3', script('claude-goal.py'), source, 'PRAGMA journal_mode = DELETE', setGoal('a'))
    mkdirSync(dirname(file), { recursive: true })
    const running = await watching(['--preset', 'claude-goal'], folder, receiver)
    // A file that has its length before its content, and one without all of its first page.
    writeFileSync(file, Buffer.alloc(8192))
    await running.says('is encrypted, or is no SQLite database: it is watched once it can be read')
    writeFileSync(file, readFileSync(source).subarray(0, 100))
    copyFileSync(source, file)
    await running.prints('goals.sqlite: watching goals')
    await arrived(1)
    await running.end()
  })

  it('reports what came into it while nothing watched, and nothing again at another start', async () => {
    await (await watching(['--preset', 'claude-goal'], folder, receiver)).end()
    claude(setGoal('a'))
    const second = await watching(['--preset', 'claude-goal'], folder, receiver)
    await arrived(1)
    await second.end()
    const third = await watching(['--preset', 'claude-goal'], folder, receiver)
    claude("UPDATE goals SET status = 'paused'")
    await arrived(2)
    await third.end()
    expect(received()).toEqual(['claude-code s-a a created active', 'claude-code s-a a status_changed paused'])
  })

  it('finds it where a variable has it', async () => {
    const env = { CLAUDE_GOAL_HOME: join(folder, 'elsewhere') }
    run('python3', script('claude-goal.py'), join(folder, 'elsewhere/goals.sqlite'))
    const running = await watching(['--preset', 'claude-goal'], folder, receiver, env)
    await running.prints('elsewhere/goals.sqlite: watching goals')
    run('python3', script('claude-goal.py'), join(folder, 'elsewhere/goals.sqlite'), setGoal('a'))
    await arrived(1)
    await running.end()
  })

  it('is not watched by its preset and its name at once', async () => {
    claude(setGoal('a'))
    const file = join(folder, '.claude/goal/goals.sqlite')
    const { code, err } = await goaltrace(['watch', file, '--preset', 'claude-goal'], { HOME: folder }, folder).ended
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('is watched by --preset claude-goal: leave out one of both.'),
    })
  })

  it('is proposed by doctor, for the database and for its folder', async () => {
    claude(setGoal('a'))
    const env = { HOME: folder, GOALTRACE_STATE_DIR: join(folder, 'state'), OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    for (const what of ['.claude', '.claude/goal/goals.sqlite']) {
      const { code, out } = await goaltrace(['doctor', what], env, folder).ended
      expect(out).toContain('1 goal')
      expect(out).toContain('goaltrace watch --preset claude-goal')
      expect(out).not.toContain('"tables"')
      expect(code).toBe(0)
    }
  })
})

describe.skipIf(!hasBun)('goaltrace watch --preset opencode', () => {
  it.each([
    [
      'mweinbach/opencode-goals',
      '.config/opencode/goals.db',
      `INSERT INTO thread_goals (thread_id, goal_id, objective, status, created_at_ms, updated_at_ms) VALUES ('s', 'g', 'HERON', 'active', 1, 1)`,
      "UPDATE thread_goals SET status = 'paused'",
      ['opencode s g created active', 'opencode s g status_changed paused'],
    ],
    [
      'canxin121/opencode-planpilot',
      '.config/opencode/.planpilot/planpilot.db',
      `INSERT INTO plans (title, content, status, last_session_id, created_at, updated_at) VALUES ('HERON', 'HERON', 'todo', 's', 1, 1)`,
      "UPDATE plans SET status = 'done'",
      ['opencode s 1 created active', 'opencode s 1 status_changed complete'],
    ],
  ])('reports the goals of %s, which Bun writes', async (plugin, path, first, second, expected) => {
    const running = await watching(['--preset', 'opencode'], folder, receiver)
    const file = join(folder, path)
    run(BUN, script('opencode.ts'), plugin, file, first)
    await running.prints(`${path}: watching`)
    await arrived(1)
    run(BUN, script('opencode.ts'), plugin, file, second)
    await arrived(2)
    expect(received()).toEqual(expected)
    expect(JSON.stringify(receiver.logs)).not.toContain('HERON')
    await running.end()
  })
})
