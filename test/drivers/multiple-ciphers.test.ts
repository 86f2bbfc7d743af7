import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3-multiple-ciphers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { observeGoals } from '../../src/index.ts'
import { driverOf } from '../../src/sqlite/drivers.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { TABLE, temporaryFile } from '../capture/observed-goals.ts'
import { Receiver } from '../receiver.ts'

const AGENT = 'test/agents/encrypted.mjs'
const LIMIT = { GOALTRACE_EXIT_LIMIT: '20000' }

describe('an agent with an encrypted database, under register', () => {
  it.each(['pragma()', 'exec()', 'a statement', 'key()'])('that gives its key by %s', async (how) => {
    const receiver = await Receiver.start()
    const [bare, observed] = [new AgentFolder(), new AgentFolder()]
    // The second time its file is there, and cannot be read before it has the key.
    for (const thread of ['first', 'second']) {
      const alone = await bare.start(undefined, [how, thread], {}, AGENT).ended
      expect(alone.code, alone.stderr).toBe(0)
      // As it is without goaltrace, and what it wrote is delivered, though it has closed its database.
      expect(await observed.start(receiver.url, [how, thread], LIMIT, AGENT, true).ended).toEqual(alone)
    }
    const reported = receiver.logs.map(({ eventName, attributes }) => [eventName, attributes['gen_ai.conversation.id']])
    expect(reported).toEqual(
      ['first', 'second'].flatMap((thread) => [
        ['agent_goal.created', thread],
        ['agent_goal.usage_accounted', thread],
      ]),
    )
    expect(readFileSync(observed.file).includes('SQLite format 3')).toBe(false)
  })
})

it('observeGoals() takes one of its databases, whose TypeScript type fits', async () => {
  const database = new Database(temporaryFile())
  onTestFinished(() => void database.close())
  database.pragma(`key = 'secret'`)
  database.exec(TABLE)
  const names: string[] = []
  const observation = observeGoals(database, {
    exporter: {
      export(records, done) {
        names.push(...records.map(({ eventName }) => eventName))
        done({ code: 0 })
      },
    },
  })
  database.exec(`INSERT INTO thread_goals (thread_id, goal_id) VALUES ('t', 'g')`)
  await observation.flush()
  expect(names).toEqual(['agent_goal.created'])
  expect(driverOf(database)).toBeDefined()
})
