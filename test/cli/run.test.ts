import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

const node = (...args: string[]) => ['run', '--', process.execPath, ...args]

describe('goaltrace run', () => {
  it('observes the agent, which says and ends as it does without', async () => {
    const receiver = await Receiver.start()
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SERVICE_NAME: 'mine' }
    const ran = await goaltrace(node('test/agents/agent.mjs', join(folder, 'goals.sqlite'), '3', 'exit'), env).ended
    expect(ran).toEqual({ code: 3, signal: null, out: 'committed 3\n', err: '' })
    expect(receiver.logs.map(({ eventName }) => eventName)).toEqual([
      'agent_goal.created',
      ...Array(3).fill('agent_goal.usage_accounted'),
    ])
    expect(receiver.logs[0]?.resource['service.name']).toBe('mine')
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
    [['run'], 2, /Give the command behind two dashes/],
    [['run', 'node', 'agent.js'], 2, /Give the command behind two dashes/],
    [['run', '--'], 2, /Give the command behind two dashes/],
    [['run', '--verbose', '--', 'node'], 2, /Unknown option '--verbose': `goaltrace help run`/],
    [['run', '--', 'no-such-command'], 1, /There is no command no-such-command/],
  ])('%j ends with code %i and a sentence', async (args, expected, sentence) => {
    const { code, out, err } = await goaltrace(args).ended
    expect([code, out]).toEqual([expected, ''])
    expect(err).toMatch(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })
})
