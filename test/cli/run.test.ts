import { readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

const SQLITE = `new (require('${createRequire(import.meta.url)
  .resolve('better-sqlite3')
  .replaceAll('\\', '/')}'))`
const BARE = `${SQLITE}('agent.db').exec('CREATE TABLE notes (text)').exec("INSERT INTO notes VALUES ('one')")`
const KILLED = `const db = ${SQLITE}(process.argv[1])
db.exec('CREATE TABLE thread_goals (thread_id TEXT, goal_id TEXT, status TEXT)')
db.prepare("INSERT INTO thread_goals VALUES ('t', 'g', 'active')").run()
require('fs').writeSync(1, 'committed\\n')
process.kill(process.pid, 'SIGKILL')`

const SEEDED = `${SQLITE}(process.argv[1]).exec(\`CREATE TABLE IF NOT EXISTS thread_goals (thread_id, goal_id, status);
INSERT INTO thread_goals VALUES ('t', 'g', 'active')\`)`

/** It ends at once, while the table may still be rebuilt. */
const DROPPED = `const db = ${SQLITE}(process.argv[1])
db.exec('CREATE TABLE thread_goals (thread_id, goal_id, status)')
db.prepare("INSERT INTO thread_goals VALUES ('t', 'g', 'active')").run()
db.exec('DROP TABLE thread_goals')`

/** Without it a line says how objectives are recorded and the agent is named; and an exit has the time of a busy machine. */
const RECORDED = {
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
  OTEL_SERVICE_NAME: 'mine',
  GOALTRACE_EXIT_LIMIT: '20000',
}

const node = (...args: string[]) => ['run', '--', process.execPath, ...args]

describe('goaltrace run', () => {
  it('names `goaltrace codex watch` where Codex is what it runs', async () => {
    const codex = join(scratchFolder(), 'codex')
    writeFileSync(codex, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
    const { code, err } = await goaltrace(['run', '--', codex, 'exec', 'a prompt']).ended
    expect([code, err]).toEqual([0, expect.stringContaining('`goaltrace codex watch`, beside it, reports its goals')])
    const other = await goaltrace(['run', '--', 'sh', '-c', 'exit 0', 'codex']).ended
    expect(other.err).not.toContain('codex')
  })

  it('says in its last line that spans are kept where their receiver is busy, unless a later process has sent them', async () => {
    const receiver = await Receiver.start()
    receiver.refuses = (path) => (path === '/v1/traces' ? 503 : undefined)
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...RECORDED }
    const agent = (n: number) => `${process.execPath} test/agents/agent.mjs ${join(folder, 'goals.sqlite')} ${n} exit`
    const busy = await goaltrace(['run', '--', 'sh', '-c', agent(3)], env).ended
    expect(busy.err).toMatch(
      / all events sent to \S+; 1 span is kept for the agent's next start: it asks to be tried later.*\n$/,
    )
    // Each attempt to send it is noted, and it is one span still.
    const again = await goaltrace(['run', '--', 'sh', '-c', `${agent(0)}; ${agent(0)}`], env).ended
    expect(again.err).toMatch(/; 3 spans are kept for the agent's next start: /)
    const before = receiver.spanRequests
    receiver.refuses = (path) => (path === '/v1/traces' && receiver.spanRequests === before + 1 ? 503 : undefined)
    const run = await goaltrace(['run', '--', 'sh', '-c', `${agent(3)}; ${agent(0)}`], env).ended
    expect(receiver.spans.length).toBeGreaterThan(0)
    expect(run.err).toMatch(/ all events sent to \S+\n$/)
  })

  it.each([
    ['/v1/traces', [], / all events sent to \S+; \d+ spans? not taken by the receiver: it answers 404 Not Found\n$/],
    ['/v1/metrics', [], / all events sent to \S+; metrics not taken by the receiver: it answers 404 Not Found\n$/],
    [
      '/v1/logs',
      [],
      /nothing is pending, 4 events are not sent, as \S+ takes no log records: it answers 404 Not Found\n$/,
    ],
    ['/v1/logs', ['--objectives'], /4 events are not sent, as \S+ takes no log records: it answers 404 Not Found\n$/],
  ])('says in its last line that a receiver has no place for %s', async (refused, options, last) => {
    const receiver = await Receiver.start()
    receiver.refuses = (path) => (path === refused ? 404 : undefined)
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...RECORDED }
    const [run = '', ...command] = node('test/agents/agent.mjs', join(folder, 'goals.sqlite'), '3', 'exit')
    const { code, err } = await goaltrace([run, ...options, ...command], env).ended
    expect([code, err]).toEqual([3, expect.stringMatching(last)])
  })

  it.each([
    ['hangs', 'end', 0, / had not taken them when the agent ended\)/],
    ['hangs', 'exit', 0, /: (?:Request timed out|there was no answer before the process ended)\)/],
    // Once in JSON, and once in protobuf.
    ['hangs after 400', 'end', 2, /: it answers 400 Bad Request\)/],
  ])('says why changes are pending for a receiver that %s, at an agent’s %s', async (_, end, refused, why) => {
    const receiver = await Receiver.start()
    receiver.refuses = () => (receiver.logRequests > refused ? 'never' : 400)
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...RECORDED }
    const command = node('test/agents/agent.mjs', join(folder, 'goals.sqlite'), '3', end)
    const { err } = await goaltrace(command, { ...env, GOALTRACE_EXIT_LIMIT: '3000' }).ended
    expect(err).toMatch(why)
    expect(err).toContain(`: 4 changes of goals, 4 pending (${receiver.url}`)
  })

  it('observes the agent, which says and ends as it does without', async () => {
    const receiver = await Receiver.start()
    const folder = scratchFolder()
    const env = {
      GOALTRACE_STATE_DIR: folder,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      ...RECORDED,
    }
    const ran = await goaltrace(node('test/agents/agent.mjs', join(folder, 'goals.sqlite'), '3', 'exit'), env).ended
    const err = `goaltrace: ${join(folder, 'goals.sqlite')} (thread_goals): 4 changes of goals, nothing is pending, all events sent to ${receiver.url}\n`
    expect(ran).toEqual({ code: 3, signal: null, out: 'committed 3\n', err })
    expect(receiver.logs.map(({ eventName }) => eventName)).toEqual([
      'agent_goal.created',
      ...Array(3).fill('agent_goal.usage_accounted'),
    ])
    expect(receiver.logs[0]?.resource['service.name']).toBe('mine')
  })

  it('reports what is pending for a receiver that is not there, and what an earlier run has left', async () => {
    const folder = scratchFolder()
    const file = join(folder, 'goals.sqlite')
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
    const run = () => goaltrace(node('test/agents/agent.mjs', file, '1', 'exit'), env).ended
    expect((await run()).err).toMatch(
      /: 2 changes of goals, 2 pending.*; `goaltrace outbox \S+goals\.sqlite` shows them/,
    )
    const { code, err } = await run()
    expect(code).toBe(3)
    expect(err).toMatch(/: 2 changes of goals, 4 pending.* `goaltrace relay \S+goals\.sqlite` delivers them\n$/)
  })

  it('says how objectives are recorded and the agent is named', async () => {
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
    const { err } = await goaltrace(node('test/agents/agent.mjs', join(folder, 'goals.sqlite'), '1', 'exit'), env).ended
    expect(err).toContain('`goaltrace run --objectives` records their text; set OTEL_SERVICE_NAME to name the agent')
  })

  it('reports what a killed agent has left', async () => {
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_BLRP_SCHEDULE_DELAY: '60000', TMPDIR: folder }
    const { child, ended, prints } = goaltrace(node('--eval', KILLED, join(folder, 'my $goals.sqlite')), env)
    await prints('committed')
    const { code, signal, out, err } = await ended
    expect([code, signal, out, child.killed]).toEqual([null, 'SIGKILL', 'committed\n', false])
    expect(err).toMatch(
      /my \$goals\.sqlite \(thread_goals\): 1 change of goals, 1 pending \(the agent ended before they were sent\); /,
    )
    expect(err).toContain(`\`goaltrace relay '${join(realpathSync(folder), 'my $goals.sqlite')}'\` delivers them`)
    expect(readdirSync(folder).filter((name) => name.startsWith('goaltrace-run-'))).toEqual([])
  })

  it('reports every database of several processes', async () => {
    const receiver = await Receiver.start()
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...RECORDED }
    const agent = (name: string) => `"${process.execPath}" test/agents/agent.mjs ${join(folder, name)} 1 end`
    const both = ['run', '--', 'sh', '-c', `${agent('one.db')} & ${agent('two.db')} & wait; ${agent('one.db')}`]
    const { out, err } = await goaltrace(both, env).ended
    expect(out).toBe('committed 1\n'.repeat(3))
    expect(err.trimEnd().split('\n').sort()).toEqual([
      expect.stringMatching(/one\.db \(thread_goals\): 4 changes of goals, /),
      expect.stringMatching(/two\.db \(thread_goals\): 2 changes of goals, /),
    ])
  })

  it('names a table that was dropped with goals in it', async () => {
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
    const { err } = await goaltrace(node('--eval', DROPPED, join(folder, 'goals.db')), env).ended
    expect(err).toContain('goals.db: thread_goals was dropped with 1 goal in it')
  })

  it('reports that goals made by a schema with rows were not seen, and sees them at the next start', async () => {
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...RECORDED }
    const run = () => goaltrace(node('--eval', SEEDED, join(folder, 'goals.db')), env).ended
    expect((await run()).err).toMatch(
      /^goaltrace: \S*goals\.db: goals changed in one exec\(\) with CREATE, ALTER or DROP were not seen; run them in separate calls\n$/,
    )
    expect((await run()).err).toMatch(
      /^goaltrace: \S*goals\.db \(thread_goals\): 1 change of goals, 1 pending[^\n]*\n$/,
    )
  })

  it.each([
    [
      'nothing was written through better-sqlite3, node:sqlite or better-sqlite3-multiple-ciphers; `goaltrace doctor FILE`',
      node('--eval', '1'),
      {},
    ],
    ['agent.db has no mapped table of goals; `goaltrace doctor agent.db`', node('--eval', BARE), {}],
    ['no Node.js process that takes NODE_OPTIONS', ['run', '--', 'sh', '-c', 'exit 0'], {}],
    ['no goals were observed: OTEL_SDK_DISABLED is true', node('--eval', '1'), { OTEL_SDK_DISABLED: 'true' }],
    ['none.json, which GOALTRACE_CONFIG names, cannot be', node('--eval', '1'), { GOALTRACE_CONFIG: 'none.json' }],
  ])('says where no goal was met: %s', async (sentence, args, env) => {
    const { code, out, err } = await goaltrace(args, env, scratchFolder()).ended
    expect([code, out]).toEqual([0, ''])
    expect(err).toContain(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  it('keeps the NODE_OPTIONS there are, and every argument', async () => {
    const print = 'console.log(process.env.NODE_OPTIONS, process.argv.slice(1).join())'
    const env = { NODE_OPTIONS: '--no-warnings' }
    const { out } = await goaltrace(node('--eval', print, '--', '--once', 'a b'), env).ended
    expect(out).toMatch(/^--no-warnings --import=file:\S+\/register\.mjs --once,a b\n$/)
  })

  it('ends by the signal that ended the agent', async () => {
    const { code, signal } = await goaltrace(node('--eval', 'process.kill(process.pid, "SIGKILL")')).ended
    expect([code, signal]).toEqual([null, 'SIGKILL'])
  })

  it('passes SIGTERM on, and waits for what the agent makes of it', async () => {
    const agent = 'process.on("SIGTERM", () => process.exit(9)); setInterval(() => {}, 1000); console.log("up")'
    const { child, ended, prints } = goaltrace(node('--eval', agent))
    await prints('up')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 9, signal: null })
  })

  it.each([
    [['run'], 2, /Give the command after two dashes/],
    [['run', 'node', 'agent.js'], 2, /Give the command after two dashes/],
    [['run', '--'], 2, /Give the command after two dashes/],
    [['run', '--verbose', '--', 'node'], 2, /Unknown option '--verbose': `goaltrace help run`/],
    [['run', '--', 'no-such-command'], 127, /There is no command no-such-command/],
  ])('%j ends with code %i and a sentence', async (args, expected, sentence) => {
    const { code, out, err } = await goaltrace(args).ended
    expect([code, out]).toEqual([expected, ''])
    expect(err).toMatch(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })
})
