import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { AgentFolder } from '../agents/run-agent.ts'
import { observed } from '../capture/observed-goals.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

/** An endpoint without a receiver. */
const DOWN = 'http://127.0.0.1:9'

/** Tables whose names begin as goaltrace's do. */
const own = (folder: AgentFolder) => folder.rows("SELECT name FROM sqlite_schema WHERE name LIKE '\\_%' ESCAPE '\\'")

/** At exit it may take longer than an agent may be kept. */
const deliver = (folder: AgentFolder, url: string) =>
  goaltrace(['relay', folder.file, '--once'], { GOALTRACE_STATE_DIR: folder.state, OTEL_EXPORTER_OTLP_ENDPOINT: url })
    .ended

const remove = (folder: AgentFolder, ...args: string[]) =>
  goaltrace(['remove', folder.file, ...args], { GOALTRACE_STATE_DIR: folder.state }).ended

describe('goaltrace remove, where all has been delivered', () => {
  it('takes the tables and the state away, and leaves the goals', async () => {
    const folder = new AgentFolder()
    const receiver = await Receiver.start()
    await folder.run(DOWN, [4, 'exit'])
    await deliver(folder, receiver.url)
    expect(own(folder)).toHaveLength(3)
    expect(readdirSync(folder.state)).not.toEqual([])
    const goals = folder.rows('SELECT * FROM thread_goals')
    expect(await remove(folder)).toMatchObject({
      code: 0,
      err: '',
      out: `${folder.file} contains nothing of goaltrace any more: _goaltrace_outbox, _goaltrace_senders, _goaltrace_state and its state were removed.\n`,
    })
    expect(own(folder)).toEqual([])
    expect(readdirSync(folder.state)).toEqual([])
    expect(readFileSync(folder.file).includes('goaltrace')).toBe(false)
    expect(folder.rows('SELECT * FROM thread_goals')).toEqual(goals)

    expect((await remove(folder)).out).toBe(`${folder.file} contains nothing of goaltrace.\n`)
    await folder.run(DOWN, [2, 'exit'])
    await deliver(folder, receiver.url)
    expect(new Set(receiver.uids).size).toBe(folder.committed())
  })
})

describe('goaltrace remove, where changes are pending', () => {
  it('refuses, counts them and names both ways out, of which --force is one', async () => {
    const folder = new AgentFolder()
    await folder.run(DOWN, [4, 'exit'])
    const { code, out, err } = await remove(folder)
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(
      `5 changes in ${folder.file} have not been delivered: \`goaltrace relay ${folder.file} --once\` delivers them, ` +
        `\`goaltrace remove ${folder.file} --force\` throws them away.`,
    )
    expect(own(folder)).toHaveLength(3)
    expect(folder.rows('SELECT count(*) AS count FROM _goaltrace_outbox')).toEqual([{ count: 5 }])

    expect((await remove(folder, '--force')).out).toContain(
      '_goaltrace_senders, _goaltrace_state, 5 changes not delivered and its state',
    )
    expect(own(folder)).toEqual([])
  })
})

describe('goaltrace remove, while another process delivers', () => {
  it('refuses, even with --force', async () => {
    const folder = new AgentFolder()
    const receiver = await Receiver.start()
    receiver.mood = 'hang'
    const agent = folder.start(receiver.url, [2, 'stay'])
    await expect.poll(() => receiver.logRequests, { timeout: 60_000 }).toBeGreaterThan(0)
    expect(await remove(folder, '--force')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(
        `Another process is delivering ${folder.file}, most likely its agent: end it and try again.`,
      ),
    })
    expect(own(folder)).toHaveLength(3)
    agent.child.kill('SIGKILL')
  })
})

describe('goaltrace remove, while an agent has the database open', () => {
  it('disturbs it not, nor its next events', async () => {
    const { database, emitted, run } = observed()
    run(`INSERT INTO thread_goals (thread_id, goal_id) VALUES ('t', 'g')`)
    expect(await emitted()).toHaveLength(1)
    const env = { GOALTRACE_STATE_DIR: process.env.GOALTRACE_STATE_DIR }
    expect(await goaltrace(['remove', database.name], env).ended).toMatchObject({ code: 0, err: '' })
    for (let n = 1; n <= 3; n++) run('UPDATE thread_goals SET tokens_used = tokens_used + 1')
    expect(await emitted()).toEqual([1, 2, 3].map((tokens) => `usage_accounted t/g active ${tokens}`))
  })
})

describe('goaltrace remove', () => {
  it('does not wait for ever, and names the process that is in the way', async () => {
    const folder = new AgentFolder()
    await folder.run(DOWN, [2, 'exit'])
    const writer = new Database(folder.file)
    writer.exec('BEGIN IMMEDIATE')
    const { code, err } = await remove(folder, '--force')
    writer.close()
    expect([code, err]).toEqual([1, expect.stringContaining('cannot be written: database is locked. End its agent')])
    expect(own(folder)).toHaveLength(3)
  })

  it('says so where there is no file or no database, and asks for one file', async () => {
    const folder = scratchFolder()
    const env = { GOALTRACE_STATE_DIR: folder }
    const text = join(folder, 'text.db')
    writeFileSync(text, 'This is no database. '.repeat(100))
    for (const [file, sentence] of [
      [join(folder, 'none.db'), 'There is no file'],
      [text, 'cannot be written: file is not a database'],
    ] as const) {
      expect(await goaltrace(['remove', file], env).ended).toMatchObject({
        code: 1,
        err: expect.stringContaining(sentence),
      })
    }
    expect((await goaltrace(['remove'], env).ended).code).toBe(2)
    expect(readFileSync(text, 'utf8')).toContain('This is no database.')
  })
})
