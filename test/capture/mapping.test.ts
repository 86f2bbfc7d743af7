import { describe, expect, it } from 'vitest'
import { observeGoals } from '../../src/api/observe-goals.ts'
import type { GoalTable } from '../../src/mapping/goal-table.ts'
import { connect, observed, temporaryFile, warnings } from './observed-goals.ts'

const MISSIONS: GoalTable = {
  table: 'missions',
  columns: { goalId: 'id', status: 'state', tokensUsed: 'spent', deletedAt: 'deleted_at' },
  statuses: { running: 'active', waiting: 'paused', done: 'complete', dropped: 'cleared' },
}
const SCHEMA = 'CREATE TABLE missions (id INTEGER PRIMARY KEY, state, spent INTEGER DEFAULT 0, deleted_at)'

describe('a table of other columns and words', () => {
  const missions = () => observed({ schema: SCHEMA, options: { tables: [MISSIONS] } })

  it('is captured with its words, each goal its own thread', async () => {
    const { emitted, run } = missions()
    run(`INSERT INTO missions (state) VALUES ('running')`)
    run(`UPDATE missions SET state = 'waiting', spent = 5`)
    run('DELETE FROM missions')
    expect(await emitted()).toEqual([
      'created 1/1 active 0',
      'usage_accounted 1/1 paused 5',
      'status_changed 1/1 paused 5',
      'cleared 1/1 paused 5',
    ])
  })

  it.each([
    ['a status says that it is cleared', `state = 'dropped'`, `state = 'running'`],
    ['a time of deletion is set', `deleted_at = '2026-01-01'`, 'deleted_at = NULL'],
  ])('whose rows stay: cleared once %s, created when that is taken back', async (_, clear, back) => {
    const { emitted, run } = missions()
    run(`INSERT INTO missions (state) VALUES ('running')`)
    run(`UPDATE missions SET ${clear}`)
    run('UPDATE missions SET spent = 9')
    run(`UPDATE missions SET ${back}`)
    run(`UPDATE missions SET ${clear}`)
    run('DELETE FROM missions')
    expect(await emitted()).toEqual([
      'created 1/1 active 0',
      'cleared 1/1 active 0',
      'created 1/1 active 9',
      'cleared 1/1 active 9',
    ])
  })

  it('with a status that no mapping knows: nothing is emitted, and one warning', async () => {
    const warned = warnings()
    const { emitted, run } = missions()
    run(`INSERT INTO missions (state) VALUES ('strange'), ('strange'), ('running')`)
    expect(await emitted()).toEqual(['created 3/3 active 0'])
    expect(warned).toHaveLength(1)
    expect(warned[0]).toContain('"strange"')
  })

  it('with negative tokens: they count as unknown, and one warning says so', async () => {
    const warned = warnings()
    const { emitted, run } = missions()
    run(`INSERT INTO missions (state, spent) VALUES ('running', -5)`)
    run('UPDATE missions SET spent = 7')
    expect(await emitted()).toEqual(['created 1/1 active -', 'usage_accounted 1/1 active 7'])
    expect(warned).toHaveLength(1)
    expect(warned[0]).toContain('missions has a negative budget, or negative tokens or seconds')
  })

  it('on a thread that the mapping names', async () => {
    const tables = [{ ...MISSIONS, thread: `it's "the" thread` }]
    const { emitted, run } = observed({ schema: SCHEMA, options: { tables } })
    run(`INSERT INTO missions (state) VALUES ('running')`)
    expect(await emitted()).toEqual([`created it's "the" thread/1 active 0`])
  })

  it('with less in it than the mapping says', async () => {
    const { emitted, run } = observed({ schema: 'CREATE TABLE missions (id, state)', options: { tables: [MISSIONS] } })
    run(`INSERT INTO missions VALUES ('m', 'running')`)
    expect(await emitted()).toEqual(['created m/m active -'])
  })
})

describe('several tables', () => {
  it('are seen each', async () => {
    const tables = [MISSIONS, { ...MISSIONS, table: 'others' }]
    const { emitted, run } = observed({
      schema: `${SCHEMA}; ${SCHEMA.replace('missions', 'others')}`,
      options: { tables },
    })
    run(`INSERT INTO missions (state) VALUES ('running')`)
    run(`INSERT INTO others (id, state) VALUES (7, 'done')`)
    expect(await emitted()).toEqual(['created 1/1 active 0', 'created 7/7 complete 0'])
  })
})

describe('names and values that are hard to quote', () => {
  it.each([`we"ird`, `it's`, 'two words', 'semi;colon', '-- comment', '[bracket', 'select', 'ünï', '"', '`tick`'])(
    '%s',
    async (name) => {
      const quoted = `"${name.replaceAll('"', '""')}"`
      const tables = [{ table: name, columns: { goalId: `${name}-id`, status: `${name}-status` } }]
      const column = (of: string) => `"${`${name}-${of}`.replaceAll('"', '""')}"`
      const schema = `CREATE TABLE ${quoted} (${column('id')} PRIMARY KEY, ${column('status')})`
      const { emitted, run } = observed({ schema, options: { tables } })
      run(`INSERT INTO ${quoted} VALUES (?, 'active')`, name)
      run(`REPLACE INTO ${quoted} VALUES (?, 'paused')`, name)
      expect(await emitted()).toEqual([`created ${name}/${name} active -`, `status_changed ${name}/${name} paused -`])
    },
  )

  it('a table of such a name that another connection makes later', async () => {
    const tables = [{ table: `we"ird`, columns: { goalId: 'id', status: 'status' } }]
    const { database, emitted, run } = observed({ schema: 'CREATE TABLE x (y)', options: { tables } })
    run('INSERT INTO x VALUES (1)')
    connect(database.name).exec('CREATE TABLE "we""ird" (id, status)')
    run(`INSERT INTO "we""ird" VALUES (1, 'active')`)
    expect(await emitted()).toEqual(['created 1/1 active -'])
  })

  it('blobs, numbers, and text in a column of numbers', async () => {
    const { emitted, run } = observed({
      schema: 'CREATE TABLE missions (id, state, spent)',
      options: { tables: [MISSIONS] },
    })
    run(`INSERT INTO missions VALUES (x'00ff', 'running', 'many')`)
    run(`INSERT INTO missions VALUES (1.5, 'running', 9e99)`)
    run(`INSERT INTO missions VALUES (NULL, 'running', 1)`)
    expect((await emitted()).slice(0, 1)).toEqual(['created 00ff/00ff active -'])
  })
})

describe('a mapping that cannot be meant', () => {
  it.each([
    [{ tables: 'thread_goals' }, 'tables is "thread_goals"; expected a list'],
    [{ tables: [{ table: '', columns: {} }] }, 'tables[0].table is ""; expected a name'],
    [{ tables: [{ table: 'x', columns: { goalId: 'id' } }] }, 'tables[0].columns.status is missing; expected a name'],
    [{ tables: [{ ...MISSIONS, statuses: { x: 'y' } }] }, 'tables[0].statuses.x is "y"; expected one of active'],
    [{ tables: [{ ...MISSIONS, colour: 1 }] }, 'tables[0].colour is unknown'],
  ])('%j is refused', (options, message) => {
    const database = connect(temporaryFile())
    expect(() => observeGoals(database, options as never)).toThrow(TypeError)
    expect(() => observeGoals(database, options as never)).toThrow(message)
  })

  it('nor can a database that is closed', () => {
    const database = connect(temporaryFile())
    database.close()
    expect(() => observeGoals(database)).toThrow(TypeError)
    expect(() => observeGoals(database)).toThrow('observeGoals: expected an open database, got a closed one')
  })

  it('nor can a database that is none', () => {
    for (const none of [null, undefined, {}, 'goals.sqlite']) {
      expect(() => observeGoals(none as never)).toThrow('expected a database of better-sqlite3')
    }
  })
})
