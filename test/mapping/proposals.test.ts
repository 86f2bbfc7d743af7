import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { collectGoalEvents } from '../../src/api/collect-goal-events.ts'
import { proposedMappings } from '../../src/mapping/proposed-mapping.ts'
import { CODES } from './schemas/codes.ts'
import { FLAGS } from './schemas/flags.ts'
import { KEYS } from './schemas/keys.ts'
import { ORMS } from './schemas/orms.ts'
import type { AgentSchema } from './schemas/schema.ts'
import { WORDS } from './schemas/words.ts'

const SCHEMAS = [...WORDS, ...CODES, ...FLAGS, ...KEYS, ...ORMS]
/** Nothing says what they mean, so that their words are `?` in the proposal. */
const UNEXPLAINED = ['codes that nothing explains, whose meaning only their author knows']

/** What the agent's work is reported as by the proposal for its fresh schema, unedited. */
async function reported({ schema, work }: AgentSchema): Promise<string[]> {
  const database = new Database(':memory:')
  try {
    database.exec(schema)
    const { mappings } = proposedMappings((sql, ...parameters) => database.prepare(sql).all(...parameters) as never)
    const goals = collectGoalEvents(database, { tables: mappings.map(({ mapping }) => mapping) })
    for (const statement of work) database.prepare(statement).run()
    return (await goals.events()).map(({ kind, attributes: of }) =>
      [of['agent_goal.id'], kind, of['agent_goal.status'], of['agent_goal.usage.tokens']]
        .filter((part) => part !== undefined)
        .join(' '),
    )
  } finally {
    database.close()
  }
}

const beginsOf = (schema: string) => {
  const database = new Database(':memory:')
  database.exec(schema)
  const { mappings } = proposedMappings((sql, ...parameters) => database.prepare(sql).all(...parameters) as never)
  database.close()
  return mappings.map(({ begins, unknown }) => [begins, ...unknown])
}

describe('a word that a new row begins with', () => {
  it('means active where no other word of the table does, and the proposal says that it was assumed', () => {
    const schema = `CREATE TABLE goals (id TEXT PRIMARY KEY, status TEXT DEFAULT 'fresh' CHECK (status IN ('fresh', 'simmering', 'done')))`
    expect(beginsOf(schema)).toEqual([['fresh', 'simmering']])
  })

  it('stays unknown beside one that is active, and where it is a number', () => {
    const words = `CREATE TABLE goals (id TEXT PRIMARY KEY, status TEXT DEFAULT 'fresh' CHECK (status IN ('fresh', 'running', 'done')))`
    expect(beginsOf(words)).toEqual([[undefined, 'fresh']])
    expect(beginsOf('CREATE TABLE goals (id TEXT PRIMARY KEY, status INTEGER NOT NULL DEFAULT 7)')).toEqual([
      [undefined, '7'],
    ])
  })
})

describe('a proposal for the fresh schema of an agent, unedited, gives every event', () => {
  it.each(SCHEMAS.filter(({ name }) => !UNEXPLAINED.includes(name)).map((one) => [one.name, one] as const))(
    '%s',
    async (_, one) => expect(await reported(one)).toEqual(one.events),
  )

  it('in 28 of 30 at least', async () => {
    const whole = await Promise.all(SCHEMAS.map(async (one) => `${await reported(one)}` === `${one.events}`))
    const count = whole.filter(Boolean).length
    console.log(`proposals that give every event: ${count} of ${SCHEMAS.length}`)
    expect([SCHEMAS.length >= 30, count >= SCHEMAS.length - 2]).toEqual([true, true])
  })
})
