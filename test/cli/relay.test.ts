import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { AgentFolder } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

/** An endpoint without a receiver. */
const DOWN = 'http://127.0.0.1:9'

/** An agent that was killed when it had committed `mutations` and the change before them, and could deliver none. */
async function killedAgent(mutations: number): Promise<AgentFolder> {
  const folder = new AgentFolder()
  const agent = folder.start(DOWN, [mutations, 'stay'])
  await agent.prints(`committed ${mutations}`)
  agent.child.kill('SIGKILL')
  await agent.ended
  return folder
}

const relay = (folder: AgentFolder, url: string, ...args: string[]) =>
  goaltrace(['relay', folder.file, ...args], {
    GOALTRACE_STATE_DIR: folder.state,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
  })

describe('goaltrace relay, after an agent was killed that had no receiver', () => {
  it('--once delivers each committed change once, and ends', async () => {
    const folder = await killedAgent(600)
    const receiver = await Receiver.start()
    const { code, out, err } = await relay(folder, receiver.url, '--once').ended
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe(`${folder.file}: 601 changes delivered, nothing is pending\n`)
    expect(receiver.logs).toHaveLength(folder.committed())
    expect(new Set(receiver.uids).size).toBe(601)
    expect(receiver.logs[0]?.resource['service.name']).toBe('agent')

    expect((await relay(folder, receiver.url, '--once').ended).out).toContain('0 changes delivered, nothing is pending')
    expect(receiver.logs).toHaveLength(601)
  })

  it('--once keeps what could not be delivered, and names the next step', async () => {
    const folder = await killedAgent(2)
    const { code, out, err } = await relay(folder, DOWN, '--once').ended
    expect([code, out]).toEqual([1, `${folder.file}: 0 changes delivered, 3 changes pending\n`])
    expect(err).toMatch(
      /stay pending, since the receiver did not take it \(http:\/\/127\.0\.0\.1:9: .*start `goaltrace backend`/,
    )
    const receiver = await Receiver.start()
    await relay(folder, receiver.url, '--once').ended
    expect(receiver.logs).toHaveLength(3)
  })

  it('--once keeps everything for a receiver that takes spans and no log records, and says so', async () => {
    const folder = await killedAgent(2)
    const receiver = await Receiver.start()
    receiver.refuses = (path) => (path === '/v1/logs' ? 405 : undefined)
    const { code, out, err } = await relay(folder, receiver.url, '--once').ended
    expect([code, out]).toEqual([1, `${folder.file}: 0 changes delivered, 3 changes pending\n`])
    expect(err).toContain('it answers 405 Method Not Allowed')
  })

  it.each([
    [401, /it answers 401 Unauthorized; give it what it asks for by OTEL_EXPORTER_OTLP_HEADERS\)\.$/],
    [308, /name the address that it leads to, as a redirect is not followed\)\.$/],
    [404, /it answers 404 Not Found; fix its path: [^)]+\)\.$/],
    ['nonsense', /it answers 200 with a web page, and no OTLP; name the receiver itself by \w+\)\.$/],
    [429, /it asks to be tried later, by 429, 502, 503 or 504\)\.$/],
    [503, /it asks to be tried later, by 429, 502, 503 or 504\)\.$/],
  ] as const)('--once gives one piece of advice where the receiver answers %s', async (mood, advice) => {
    const folder = await killedAgent(2)
    const receiver = await Receiver.start()
    receiver.mood = mood
    const { code, err } = await relay(folder, receiver.url, '--once').ended
    expect([code, err.trim()]).toEqual([1, expect.stringMatching(advice)])
  })

  it('without --once goes on: when the receiver is back, and when an agent leaves more', async () => {
    const folder = await killedAgent(2)
    const receiver = await Receiver.start()
    receiver.mood = 400
    const { child, ended, prints } = relay(folder, receiver.url)
    await prints('watching')
    expect(receiver.logs).toHaveLength(0)
    receiver.mood = 'ok'
    await expect.poll(() => receiver.logs.length, { timeout: 60_000 }).toBe(3)
    await folder.run(DOWN, [4, 'exit'])
    await expect.poll(() => receiver.logs.length, { timeout: 60_000 }).toBe(8)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('8 changes delivered, nothing is pending\n'),
    })
  })
})

describe('goaltrace relay, while an agent delivers', () => {
  it('refuses', async () => {
    const folder = new AgentFolder()
    const receiver = await Receiver.start()
    receiver.mood = 'hang'
    const agent = folder.start(receiver.url, [2, 'stay'])
    await expect.poll(() => receiver.logRequests, { timeout: 60_000 }).toBeGreaterThan(0)
    for (const args of [['--once'], []]) {
      const { code, err } = await relay(folder, receiver.url, ...args).ended
      expect(code).toBe(1)
      expect(err).toMatch(/Another process is already delivering .*, most likely its agent: let it, or end it/)
    }
    const shown = await goaltrace(['outbox', folder.file], { GOALTRACE_STATE_DIR: folder.state }).ended
    expect(shown.out).toContain('a process is delivering')
    agent.child.kill('SIGKILL')
  })
})

describe('goaltrace outbox', () => {
  it('shows what is pending, since when, and what comes next, and changes nothing', async () => {
    const before = Date.now()
    const folder = await killedAgent(9)
    const files = [folder.file, `${folder.file}-wal`]
    const bytes = files.map((file) => readFileSync(file))
    const env = { GOALTRACE_STATE_DIR: folder.state }
    const { code, out } = await goaltrace(['outbox', folder.file, '--json'], env).ended
    const facts = JSON.parse(out)
    expect(code).toBe(0)
    expect(facts).toMatchObject({ file: folder.file, waiting: 10, mark: { seq: 0 }, lock: { held: false } })
    expect(facts.mark.file).toMatch(/\.checkpoint$/)
    expect(facts.lock.file.startsWith(folder.state)).toBe(true)
    expect(Date.parse(facts.since)).toBeGreaterThanOrEqual(before)
    expect(facts.next.map(({ kind }: { kind: string }) => kind)).toEqual([
      'created',
      ...Array(4).fill('usage_accounted'),
    ])
    expect(files.map((file) => readFileSync(file))).toEqual(bytes)

    const plain = await goaltrace(['outbox', folder.file], env).ended
    expect(plain.out).toContain(': 10 changes are pending, since 20')
    expect(plain.out).toContain(`goaltrace relay ${folder.file} --once`)
    expect(plain.out).toMatch(/usage_accounted +active +4 /)

    const receiver = await Receiver.start()
    await relay(folder, receiver.url, '--once').ended
    // They are what was delivered then.
    expect(receiver.uids.slice(0, 5)).toEqual(facts.next.map(({ uid }: { uid: string }) => uid))
    const after = JSON.parse((await goaltrace(['outbox', folder.file, '--json'], env).ended).out)
    expect(after).toMatchObject({ waiting: 0, since: null, next: [], mark: { seq: 10 } })
  })
})

describe.each(['relay', 'outbox'])('goaltrace %s', (command) => {
  it('says so where there is no file, no database or no outbox', async () => {
    const folder = scratchFolder()
    const [none, text, other] = ['none.db', 'text.db', 'other.db'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(text, 'This is no database. '.repeat(100))
    new Database(other).exec('CREATE TABLE thread_goals (goal_id)').close()
    const sentences = [
      [none, `There is no file ${none}`],
      [text, `Name an agent's SQLite database; if it is encrypted, only its agent can read it, and`],
      [other, `${other} has no outbox`],
    ] as const
    for (const [file, sentence] of sentences) {
      const { code, out, err } = await goaltrace([command, file], { GOALTRACE_STATE_DIR: folder }).ended
      expect([code, out, err]).toEqual([1, '', expect.stringContaining(sentence)])
      expect(err.trimEnd().split('\n')).toHaveLength(1)
    }
    const disabled = { GOALTRACE_STATE_DIR: folder, OTEL_SDK_DISABLED: 'true' }
    expect((await goaltrace([command, other], disabled).ended).err).toContain('OTEL_SDK_DISABLED is true')
  })

  it.each([
    [[], /Give one file/],
    [['a', 'b'], /Give one file/],
    [['--all'], /Unknown option '--all': `goaltrace help/],
  ])('%j is answered with one sentence and exit code 2', async (args, sentence) => {
    const { code, out, err } = await goaltrace([command, ...args]).ended
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(sentence)
  })
})
