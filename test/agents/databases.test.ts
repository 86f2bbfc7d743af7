import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { DRIVERS, deliverRest, expectTheSame } from './both.ts'
import { AgentFolder } from './run-agent.ts'

const SOON = { OTEL_BLRP_SCHEDULE_DELAY: '20' }

/** The tokens in a thread's events. */
function tokens(receiver: Receiver, thread = 'thread'): unknown[] {
  const unique = new Map(receiver.logs.map((log) => [log.uid, log.attributes]))
  return [...unique.values()]
    .filter((attributes) => attributes['gen_ai.conversation.id'] === thread)
    .map((attributes) => attributes['agent_goal.usage.tokens'])
}

describe.each(DRIVERS)('on %s', (driver) => {
  describe('an agent with worker threads, each with a connection', () => {
    it('behaves as without goaltrace, and every thread’s goals are reported', async () => {
      const receiver = await Receiver.start()
      // A thread delivers at its end too, and the agent waits for its threads before it ends.
      const { folder } = await expectTheSame(receiver.url, { script: 'workers.mjs', driver })
      await deliverRest(receiver, folder)
      expect(tokens(receiver, 'main')).toEqual([0])
      for (const thread of ['end', 'close', 'exit']) {
        expect(tokens(receiver, thread), thread).toEqual(Array.from({ length: 12 }, (_, n) => n))
      }
    })
  })

  describe('an agent that has opened its database twice', () => {
    it('behaves as without goaltrace, errors included, and both connections’ goals are reported', async () => {
      const receiver = await Receiver.start()
      const { folder } = await expectTheSame(receiver.url, { script: 'twice.mjs', driver })
      await deliverRest(receiver, folder)
      expect(tokens(receiver)).toEqual([0, 1, 2, 3, 4, 5, 6])
    })
  })

  describe('an agent with ten databases', () => {
    it('behaves as without goaltrace, and the goals of all are reported', async () => {
      const receiver = await Receiver.start()
      // Eight outboxes are created, and synced to disk.
      const { folder } = await expectTheSame(receiver.url, { script: 'many.mjs', driver })
      await deliverRest(receiver, folder)
      // Eight files with a goal, and a database in memory, which is gone before another process could deliver it.
      expect(tokens(receiver).length).toBeGreaterThanOrEqual(8 * 21)
    })
  })

  describe('an agent whose database is migrated by another process', () => {
    it.each([
      {
        migration: 'a captured column is dropped',
        sql: ['ALTER TABLE thread_goals DROP COLUMN time_used_seconds'],
      },
      {
        migration: 'a captured column is renamed',
        sql: ['ALTER TABLE thread_goals RENAME COLUMN objective TO aim'],
      },
      { migration: 'a column is added', sql: ['ALTER TABLE thread_goals ADD COLUMN mood TEXT'] },
      { migration: 'an index is added', sql: ['CREATE INDEX by_status ON thread_goals (status)'] },
      { migration: 'the outbox is deleted', sql: ['DROP TABLE IF EXISTS _goaltrace_outbox'] },
      {
        migration: 'all that is goaltrace’s is deleted, time and again',
        sql: [1, 2, 3].map(
          (n) => `DROP TABLE IF EXISTS _goaltrace_outbox; DROP TABLE IF EXISTS _goaltrace_senders; SELECT ${n}`,
        ),
      },
    ])('$migration: it behaves as without goaltrace, and later changes are reported', async ({ sql }) => {
      const receiver = await Receiver.start()
      const { folder } = await expectTheSame(receiver.url, { script: 'migrated.mjs', driver, args: sql })
      await deliverRest(receiver, folder)
      const last = receiver.logs.at(-1)
      expect(last?.eventName).toBe('agent_goal.status_changed')
      expect(last?.attributes['agent_goal.usage.tokens']).toBe(1 + 1121 * sql.length)
    })

    // On node:sqlite one statement fewer fails, since goaltrace has made SQLite reload the schema.
    it.runIf(driver === 'better-sqlite3')(
      'the table is dropped and recreated: it behaves as without goaltrace',
      async () => {
        const receiver = await Receiver.start()
        const sql = [
          'DROP TABLE thread_goals',
          'CREATE TABLE thread_goals (thread_id TEXT, status TEXT, tokens_used INTEGER)',
        ]
        await expectTheSame(receiver.url, { script: 'migrated.mjs', driver, args: sql })
      },
    )
  })

  describe('an agent whose database is locked by another process', () => {
    it('waits as long as without goaltrace, and no longer', { timeout: 60_000 }, async () => {
      const receiver = await Receiver.start()
      const { folder } = await expectTheSame(receiver.url, { script: 'locked-out.mjs', driver, env: SOON })
      await deliverRest(receiver, folder)
      expect(tokens(receiver, 'BEGIN IMMEDIATE')).toEqual([0, 1])
    })
  })

  describe('an agent whose disk is full', () => {
    const root = process.platform === 'linux' && process.getuid?.() === 0

    it.skipIf(!root)('behaves as without goaltrace (skipped where a small disk cannot be mounted)', async () => {
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
      // Some fitted, not all.
      expect(tokens(receiver).length).toBeGreaterThan(10)
      expect(tokens(receiver).length).toBeLessThan(5000)
    })
  })
})

describe('an agent on a machine where goaltrace cannot keep its state', () => {
  it.each(['/sys/goaltrace', '/dev/null/goaltrace'])('%s: behaves as without goaltrace', async (state) => {
    const receiver = await Receiver.start()
    const env = { ...SOON, GOALTRACE_STATE_DIR: state }
    await expectTheSame(receiver.url, { args: [20, 'end', 10], env })
  })
})
