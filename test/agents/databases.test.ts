import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { DRIVERS, deliverRest, expectTheSame } from './both.ts'
import { AgentFolder } from './run-agent.ts'

const SOON = { OTEL_BLRP_SCHEDULE_DELAY: '20' }

/** How the events of a thread tell of its tokens. */
function tokens(receiver: Receiver, thread = 'thread'): unknown[] {
  const unique = new Map(receiver.logs.map((log) => [log.uid, log.attributes]))
  return [...unique.values()]
    .filter((attributes) => attributes['gen_ai.conversation.id'] === thread)
    .map((attributes) => attributes['agent_goal.usage.tokens'])
}

describe.each(DRIVERS)('on %s', (driver) => {
  describe('an agent with worker threads, each with a connection', () => {
    it('is as it is alone, and every thread’s goals are told', async () => {
      const receiver = await Receiver.start()
      // A thread's end delivers too, and the agent waits for its threads before its own.
      const { folder } = await expectTheSame(receiver.url, { script: 'workers.mjs', driver })
      await deliverRest(receiver, folder)
      expect(tokens(receiver, 'main')).toEqual([0])
      for (const thread of ['end', 'close', 'exit']) {
        expect(tokens(receiver, thread), thread).toEqual(Array.from({ length: 12 }, (_, n) => n))
      }
    })
  })

  describe('an agent that has opened its database twice', () => {
    it('is as it is alone, refusals and all, and both connections’ goals are told', async () => {
      const receiver = await Receiver.start()
      const { folder } = await expectTheSame(receiver.url, { script: 'twice.mjs', driver })
      await deliverRest(receiver, folder)
      expect(tokens(receiver)).toEqual([0, 1, 2, 3, 4, 5, 6])
    })
  })

  describe('an agent with ten databases', () => {
    it('is as it is alone, and the goals of all are told', async () => {
      const receiver = await Receiver.start()
      // Eight outboxes are made, and synced to disk.
      const { folder } = await expectTheSame(receiver.url, { script: 'many.mjs', driver })
      await deliverRest(receiver, folder)
      // Eight files with a goal, and a database in memory, which is gone before anybody else could deliver it.
      expect(tokens(receiver).length).toBeGreaterThanOrEqual(8 * 21)
    })
  })

  describe('an agent whose database another process migrates', () => {
    it.each([
      {
        migration: 'a column that is captured is dropped',
        sql: ['ALTER TABLE thread_goals DROP COLUMN time_used_seconds'],
      },
      {
        migration: 'a column that is captured is renamed',
        sql: ['ALTER TABLE thread_goals RENAME COLUMN objective TO aim'],
      },
      { migration: 'a column comes', sql: ['ALTER TABLE thread_goals ADD COLUMN mood TEXT'] },
      { migration: 'an index comes', sql: ['CREATE INDEX by_status ON thread_goals (status)'] },
      { migration: 'the outbox is deleted', sql: ['DROP TABLE IF EXISTS _goaltrace_outbox'] },
      {
        migration: 'all that is goaltrace’s is deleted, time and again',
        sql: [1, 2, 3].map(
          (n) => `DROP TABLE IF EXISTS _goaltrace_outbox; DROP TABLE IF EXISTS _goaltrace_senders; SELECT ${n}`,
        ),
      },
    ])('$migration: it is as it is alone, and what follows is told', async ({ sql }) => {
      const receiver = await Receiver.start()
      const { folder } = await expectTheSame(receiver.url, { script: 'migrated.mjs', driver, args: sql })
      await deliverRest(receiver, folder)
      const last = receiver.logs.at(-1)
      expect(last?.eventName).toBe('agent_goal.status_changed')
      expect(last?.attributes['agent_goal.usage.tokens']).toBe(1 + 1121 * sql.length)
    })

    // On node:sqlite one statement less fails, since goaltrace has had SQLite look at the schema again.
    it.runIf(driver === 'better-sqlite3')('the table is taken away and made anew: it is as it is alone', async () => {
      const receiver = await Receiver.start()
      const sql = [
        'DROP TABLE thread_goals',
        'CREATE TABLE thread_goals (thread_id TEXT, status TEXT, tokens_used INTEGER)',
      ]
      await expectTheSame(receiver.url, { script: 'migrated.mjs', driver, args: sql })
    })
  })

  describe('an agent whose database another process has locked', () => {
    it('waits as long as it does alone, and no longer', { timeout: 60_000 }, async () => {
      const receiver = await Receiver.start()
      const { folder } = await expectTheSame(receiver.url, { script: 'locked-out.mjs', driver, env: SOON })
      await deliverRest(receiver, folder)
      expect(tokens(receiver, 'BEGIN IMMEDIATE')).toEqual([0, 1])
    })
  })

  describe('an agent whose disk is full', () => {
    const root = process.platform === 'linux' && process.getuid?.() === 0

    it.skipIf(!root)('is as it is alone (skipped where nobody may mount a small disk)', async () => {
      const disks: string[] = []
      const folders = () => {
        const disk = mkdtempSync(join(tmpdir(), 'goaltrace-disk-'))
        onTestFinished(() => rmSync(disk, { recursive: true, force: true }))
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'goaltrace', disk])
        onTestFinished(() => void execFileSync('umount', ['--lazy', disk]))
        disks.push(disk)
        return new AgentFolder(disk)
      }
      const state = mkdtempSync(join(tmpdir(), 'goaltrace-state-'))
      onTestFinished(() => rmSync(state, { recursive: true, force: true }))
      const receiver = await Receiver.start()
      const env = { GOALTRACE_STATE_DIR: state, OTEL_BLRP_SCHEDULE_DELAY: '60000' }
      const { folder } = await expectTheSame(receiver.url, { script: 'full-disk.mjs', driver, folders, env })
      await deliverRest(receiver, { path: folder.path, state })
      // Some had room, not all.
      expect(tokens(receiver).length).toBeGreaterThan(10)
      expect(tokens(receiver).length).toBeLessThan(5000)
    })
  })
})

describe('an agent on whose machine goaltrace has nowhere to keep its state', () => {
  it.each(['/sys/goaltrace', '/dev/null/goaltrace'])('%s: is as it is alone', async (state) => {
    const receiver = await Receiver.start()
    const env = { ...SOON, GOALTRACE_STATE_DIR: state }
    await expectTheSame(receiver.url, { args: [20, 'end', 10], env })
  })
})
