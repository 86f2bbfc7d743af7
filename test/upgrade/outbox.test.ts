import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { realPath } from '../../src/base/real-path.ts'
import { CheckpointFile } from '../../src/outbox/checkpoint-file.ts'
import { OUTBOX, STATE, VERSION } from '../../src/outbox/outbox-table.ts'
import { Receiver } from '../receiver.ts'
import { UpgradeFolder } from './earlier.ts'

const within = { timeout: 60_000 }
const PENDING = ['delivered', 'pending', 'pending']
const threads = ({ logs }: Receiver) => logs.map(({ attributes }) => attributes['gen_ai.conversation.id'])
const NEWER = 'a newer goaltrace delivers these goals: update goaltrace here too'

function rows(file: string, sql: string): unknown[] {
  const database = new Database(file)
  try {
    return database.prepare(sql).raw().all().flat()
  } finally {
    database.close()
  }
}

describe('a database that an agent under 0.1.0 has left', () => {
  it('has its pending records delivered once, and none that were delivered, by an agent that only reads', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    folder.leave()
    const agent = await folder.agent(receiver.url, 'new')
    await agent.does('read')
    await expect.poll(() => threads(receiver), within).toEqual(PENDING)
    await expect.poll(() => folder.hasDelivered(8), within).toBe(true)
    await agent.does('end')
    expect([await agent.ended, agent.said()]).toEqual([3, ''])
    expect(threads(receiver)).toEqual(PENDING)
  })

  it('is migrated by the next change, which adds to what is there', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    folder.leave()
    const agent = await folder.agent(receiver.url, 'new')
    await agent.does('spend pending')
    await expect.poll(() => threads(receiver), within).toEqual([...PENDING, 'pending'])
    await expect.poll(() => folder.hasDelivered(9), within).toBe(true)
    await agent.does('end')
    expect([await agent.ended, agent.said()]).toEqual([3, ''])
    expect(rows(folder.file, `SELECT value FROM ${STATE} WHERE name = 'version'`)).toEqual([VERSION])
  })

  it('keeps what the receiver had refused', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    folder.leave()
    const refused = () => new CheckpointFile(realPath(folder.file), Database).deadLetters().map(({ reason }) => reason)
    folder.stateFile('ack')
    expect(refused()).toEqual(['Bad Request'])
    const agent = await folder.agent(receiver.url, 'new')
    await agent.does('read')
    await expect.poll(() => threads(receiver), within).toEqual(PENDING)
    await expect.poll(() => existsSync(folder.stateFile('dead-letters')), within).toBe(true)
    expect(refused()).toEqual(['Bad Request'])
  })

  it('is shown, delivered and cleaned by the command line', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    folder.leave()
    const outbox = async () => JSON.parse(await command(folder, '', 'outbox', folder.file, '--json'))
    expect(await outbox()).toMatchObject({ waiting: 3, mark: { seq: 5 } })
    await command(folder, receiver.url, 'relay', folder.file, '--once')
    expect(threads(receiver)).toEqual(PENDING)
    expect(await outbox()).toMatchObject({ waiting: 0, mark: { seq: 8 } })
    await command(folder, '', 'remove', folder.file)
    expect(existsSync(folder.stateFile('ack'))).toBe(false)
    expect(rows(folder.file, "SELECT name FROM sqlite_schema WHERE name LIKE '\\_goaltrace%' ESCAPE '\\'")).toEqual([])
  })

  it('which another process is writing to at the moment: the agent reads and prepares at once, and is observed later', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    folder.leave()
    const writer = new Database(folder.file)
    onTestFinished(() => void writer.close())
    const agent = await folder.agent(receiver.url, 'new')
    writer.exec('BEGIN IMMEDIATE')
    // Neither comes back before the writer's end, did it wait for that.
    await agent.does('read')
    await agent.does('prepare')
    writer.exec('COMMIT')
    await agent.does('spend pending')
    await expect.poll(() => threads(receiver), within).toEqual([...PENDING, 'pending'])
    await expect.poll(() => folder.hasDelivered(9), within).toBe(true)
    await agent.does('end')
    expect([await agent.ended, agent.said()]).toEqual([3, ''])
  })
})

describe('agents of both versions on one database', () => {
  it('0.1.0 first: what it has pending is delivered by the newer one, it goes on unharmed and says why it delivers no more', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    const older = await folder.agent(receiver.url, '0.1.0')
    await older.does('create older')
    await expect.poll(() => threads(receiver), within).toEqual(['older'])
    const newer = await folder.agent(receiver.url, 'new')
    await newer.does('create newer')
    await expect.poll(() => threads(receiver), within).toEqual(['older', 'newer'])
    await older.does('spend older')
    await expect.poll(() => older.said(), within).toContain(NEWER)
    await older.does('spend older')
    await newer.does('spend newer')
    await expect.poll(() => threads(receiver).length, within).toBe(5)
    await expect.poll(() => folder.hasDelivered(5), within).toBe(true)
    await older.does('end')
    await newer.does('end')
    expect([await older.ended, await newer.ended, newer.said()]).toEqual([3, 3, ''])
    expect(older.said().trim().split('\n')).toHaveLength(1)
    expect(new Set(receiver.uids).size).toBe(5)
    expect(receiver.uids).toHaveLength(5)
  })

  it('the newer one first: 0.1.0 delivers what it finds under the same uids, and nothing is lost', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    const newer = await folder.agent(receiver.url, 'new')
    await newer.does('create newer')
    await expect.poll(() => threads(receiver), within).toEqual(['newer'])
    const older = await folder.agent(receiver.url, '0.1.0')
    await older.does('create older')
    await expect.poll(() => new Set(receiver.uids).size, within).toBe(2)
    await newer.does('spend newer')
    await expect.poll(() => new Set(receiver.uids).size, within).toBe(3)
    await older.does('spend older')
    await expect.poll(() => older.said(), within).toContain(NEWER)
    await newer.does('spend newer')
    await expect.poll(() => new Set(receiver.uids).size, within).toBe(5)
    await older.does('end')
    await newer.does('end')
    expect([await older.ended, await newer.ended, newer.said()]).toEqual([3, 3, ''])
    expect(older.said().trim().split('\n')).toHaveLength(1)
  })
})

describe('an agent that is registered with 0.1.0 and observes its database with the newer one', () => {
  it('has each change delivered, though the methods of the driver are those that 0.1.0 has patched', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    const agent = await folder.agent(receiver.url, '0.1.0')
    await agent.does('observe')
    await agent.does('create thread')
    await agent.does('spend thread')
    await expect.poll(() => new Set(receiver.uids).size, within).toBe(2)
    await agent.does('spend thread')
    await expect.poll(() => new Set(receiver.uids).size, within).toBe(3)
    await agent.does('end')
    expect(await agent.ended).toBe(3)
    expect(rows(folder.file, 'SELECT tokens_used FROM thread_goals')).toEqual([2])
  })
})

describe('a database of a version that is not known yet', () => {
  it('is left alone and reported once: the agent runs, and its changes are not captured', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    const first = await folder.agent(receiver.url, 'new')
    await first.does('create thread')
    await first.does('end')
    await first.ended
    rows(folder.file, `UPDATE ${STATE} SET value = 99 WHERE name = 'version' RETURNING 1`)
    const before = rows(folder.file, `SELECT seq FROM ${OUTBOX}`)
    const agent = await folder.agent(receiver.url, 'new')
    await agent.does('spend thread')
    await agent.does('end')
    expect(await agent.ended).toBe(3)
    const lines = agent.said().trim().split('\n')
    expect(lines.filter((line) => line.includes(`version 99, known here is ${VERSION}`))).toEqual(lines)
    expect(lines.filter((line) => line.includes('changes of goals are not captured'))).toHaveLength(1)
    expect(rows(folder.file, 'SELECT tokens_used FROM thread_goals')).toEqual([1])
    expect(rows(folder.file, `SELECT seq FROM ${OUTBOX}`)).toEqual(before)
  })

  it('has none of its records delivered by one that does not know what they mean', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    const down = await Receiver.start()
    down.mood = 503
    const first = await folder.agent(down.url, 'new')
    await first.does('create thread')
    first.kill()
    await first.ended
    rows(folder.file, `UPDATE ${STATE} SET value = 99 WHERE name = 'version' RETURNING 1`)
    const agent = await folder.agent(receiver.url, 'new')
    await agent.does('read')
    await expect.poll(() => agent.said(), within).toContain(`version 99, known here is ${VERSION}`)
    await expect(command(folder, '', 'outbox', folder.file)).rejects.toThrow(`version 99, known here is ${VERSION}`)
    await agent.does('end')
    expect(await agent.ended).toBe(3)
    expect(agent.said().trim().split('\n')).toHaveLength(1)
    expect(receiver.logs).toEqual([])
  })
})

describe('a checkpoint of a version that is not known yet', () => {
  it('is left alone, with one line: the agent runs, and its records stay pending', async () => {
    const receiver = await Receiver.start()
    const folder = new UpgradeFolder()
    folder.leave()
    const newer = `${JSON.stringify({ version: 2, seq: 5, uid: 'known to a newer one' }).padEnd(127)}\n`
    writeFileSync(folder.stateFile('checkpoint'), newer)
    const agent = await folder.agent(receiver.url, 'new')
    await agent.does('spend pending')
    await expect.poll(() => agent.said(), within).toContain('(version 2, known here is 1): update goaltrace here too')
    await agent.does('end')
    expect(await agent.ended).toBe(3)
    expect(threads(receiver)).toEqual([])
    expect(readFileSync(folder.stateFile('checkpoint'), 'utf8')).toBe(newer)
    expect(rows(folder.file, 'SELECT sum(tokens_used) FROM thread_goals')).toEqual([6])
  })
})

async function command({ state }: UpgradeFolder, endpoint: string, ...args: string[]): Promise<string> {
  const bin = fileURLToPath(new URL('../../bin/goaltrace.cjs', import.meta.url))
  const env = { ...process.env, GOALTRACE_STATE_DIR: state, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }
  return (await promisify(execFile)(process.execPath, [bin, ...args], { env })).stdout
}
