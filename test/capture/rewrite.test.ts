import { describe, expect, it } from 'vitest'
import { goalEvents } from '../../src/event/goal-event.ts'
import { type GoalTable, observeGoals } from '../../src/index.ts'
import { connect, type Database, isNodeSqlite, observe, observed, TABLE, temporaryFile } from './observed-goals.ts'
import { randomOf } from './random-operations.ts'

interface Goal {
  readonly thread: string
  readonly goal: string
  readonly status: string
  readonly tokens: number
}

const ALL: readonly Goal[] = [1, 2, 3].map((n) => ({ thread: `t${n}`, goal: `g${n}`, status: 'active', tokens: n }))

const DELETE = 'DELETE FROM thread_goals'
const values = (goals: readonly Goal[]) =>
  goals.map(({ thread, goal, status, tokens }) => `('${thread}', '${goal}', '${status}', ${tokens})`).join(', ')
const put = (goals: readonly Goal[], how = 'INSERT', into = 'thread_goals') =>
  goals.length === 0
    ? `${DELETE} WHERE 0`
    : `${how} INTO ${into} (thread_id, goal_id, status, tokens_used) VALUES ${values(goals)}`

/** How stores rewrite a list of goals. */
const WAYS: Record<string, (database: Database, goals: readonly Goal[]) => void> = {
  'DELETE of all and an INSERT each, by transaction()': (db, goals) =>
    db.transaction(() => {
      db.prepare(DELETE).run()
      for (const goal of goals) db.prepare(put([goal])).run()
    })(),
  'one exec': (db, goals) => void db.exec(`BEGIN; ${DELETE}; ${put(goals)}; COMMIT`),
  'prepared BEGIN and COMMIT': (db, goals) => {
    db.prepare('BEGIN IMMEDIATE').run()
    db.prepare(DELETE).run()
    db.prepare(put(goals)).run()
    db.prepare('COMMIT').run()
  },
  'a savepoint': (db, goals) => {
    db.exec('SAVEPOINT save')
    db.exec(DELETE)
    db.exec(put(goals))
    db.exec('RELEASE save')
  },
  'DELETE and INSERT of one after the other': (db, goals) =>
    db.transaction(() => {
      db.prepare(`${DELETE} WHERE thread_id NOT IN (${goals.map(({ thread }) => `'${thread}'`).join(', ')})`).run()
      for (const one of goals) {
        db.prepare(`${DELETE} WHERE thread_id = ?`).run(one.thread)
        db.prepare(put([one])).run()
      }
    })(),
  'DELETE and REPLACE INTO': (db, goals) =>
    db.transaction(() => {
      db.prepare(DELETE).run()
      db.prepare(put(goals, 'REPLACE')).run()
      db.prepare(put(goals, 'INSERT OR REPLACE')).run()
    })(),
  'DELETE and an upsert each, twice': (db, goals) =>
    db.transaction(() => {
      for (let n = 0; n < 2; n++) {
        db.prepare(DELETE).run()
        for (const goal of goals) {
          const set = 'status = excluded.status, tokens_used = excluded.tokens_used'
          const upsert = `${put([{ ...goal, tokens: 0 }])} ON CONFLICT (thread_id) DO UPDATE SET ${set}`
          db.prepare(upsert).run()
          db.prepare(upsert.replace(values([{ ...goal, tokens: 0 }]), values([goal]))).run()
        }
      }
    })(),
  'a temporary table': (db, goals) =>
    db.transaction(() => {
      db.prepare('CREATE TEMP TABLE kept AS SELECT * FROM thread_goals WHERE 0').run()
      db.prepare(put(goals, 'INSERT', 'temp.kept')).run()
      db.prepare(DELETE).run()
      const columns = 'thread_id, goal_id, status, tokens_used'
      db.prepare(`INSERT INTO thread_goals (${columns}) SELECT ${columns} FROM temp.kept`).run()
      db.prepare('DROP TABLE temp.kept').run()
    })(),
  'an INSERT of what is then updated': (db, goals) =>
    db.transaction(() => {
      db.prepare(DELETE).run()
      db.prepare(put(goals.map((goal) => ({ ...goal, status: 'blocked', tokens: 0 })))).run()
      for (const { thread, status, tokens } of goals) {
        db.prepare('UPDATE thread_goals SET status = ?, tokens_used = ? WHERE thread_id = ?').run(
          status,
          tokens,
          thread,
        )
      }
    })(),
  'rows under another name meanwhile': (db, goals) =>
    db.transaction(() => {
      db.prepare(DELETE).run()
      db.prepare(put(goals.map((one) => ({ ...one, thread: `new ${one.thread}` })))).run()
      db.prepare(`UPDATE OR REPLACE thread_goals SET thread_id = substr(thread_id, 5)`).run()
    })(),
  'savepoints that are rolled back on the way': (db, goals) =>
    db.transaction(() => {
      db.exec('SAVEPOINT a')
      db.exec(DELETE)
      db.exec('ROLLBACK TO a')
      db.exec(DELETE)
      db.exec('SAVEPOINT b')
      db.exec(put(goals.map((goal) => ({ ...goal, tokens: 999 }))))
      db.exec(DELETE)
      db.exec('ROLLBACK TO b')
      db.exec(put(goals))
      db.exec('RELEASE a')
    })(),
  'transaction() within a transaction': (db, goals) => {
    db.exec('BEGIN')
    db.transaction(() => db.prepare(DELETE).run())()
    db.transaction(() => db.prepare(put(goals)).run())()
    db.exec('COMMIT')
  },
}

describe.each(Object.entries(WAYS))('a store that rewrites its list by %s', (_, save) => {
  it('reports what has changed of a goal, not that it went and came', async () => {
    const { database, emitted } = observed()
    const of = async (goals: readonly Goal[]) => {
      save(database, goals)
      return (await emitted()).sort()
    }
    database.exec(put(ALL))
    expect(await emitted()).toHaveLength(3)
    expect(await of(ALL)).toEqual([])
    const [one, two, three] = ALL as [Goal, Goal, Goal]
    expect(await of([{ ...one, tokens: 100 }, two, three])).toEqual(['usage_accounted t1/g1 active 100'])
    expect(
      await of([{ ...one, tokens: 100, status: 'complete' }, two, { ...three, tokens: 9, status: 'paused' }]),
    ).toEqual(['status_changed t1/g1 complete 100', 'status_changed t3/g3 paused 9', 'usage_accounted t3/g3 paused 9'])
    expect(await of([two, { ...one, thread: 't4', goal: 'g4' }])).toEqual([
      'cleared t1/g1 complete 100',
      'cleared t3/g3 paused 9',
      'created t4/g4 active 1',
    ])
  })

  it('has each of several saves reported, that were delivered together', async () => {
    const { database, emitted } = observed()
    const [one] = ALL as [Goal]
    database.exec(put([one]))
    save(database, [one])
    save(database, [{ ...one, tokens: 5 }])
    save(database, [{ ...one, tokens: 5, status: 'paused' }])
    save(database, [])
    database.exec(put([one]))
    expect(await emitted()).toEqual([
      'created t1/g1 active 1',
      'usage_accounted t1/g1 active 5',
      'status_changed t1/g1 paused 5',
      'cleared t1/g1 paused 5',
      'created t1/g1 active 1',
    ])
  })
})

describe('transaction() of an observed better-sqlite3', () => {
  it.skipIf(isNodeSqlite)('gives the functions that it gives unobserved', () => {
    const shape = (database: Database) => {
      const run = database.transaction((a: number, b: number) => a + b)
      const names = ['default', 'deferred', 'immediate', 'exclusive'] as const
      return {
        own: Object.getOwnPropertyNames(run).sort(),
        keys: Object.keys(run),
        name: run.name,
        length: run.length,
        of: (run as unknown as { database: Database }).database === database,
        results: names.map((name) => (run as never as Record<string, typeof run>)[name]?.(1, 2)),
        same: (run as never as Record<string, unknown>).default === run,
        chained: names.map(
          (name) =>
            (run.immediate as never as Record<string, unknown>)[name] ===
            (run as never as Record<string, unknown>)[name],
        ),
      }
    }
    const observedShape = shape(observed().database)
    expect(observedShape).toMatchObject({
      results: [3, 3, 3, 3],
      same: true,
      of: true,
      chained: [true, true, true, true],
    })
    expect(observedShape.own).toEqual([
      'database',
      'default',
      'deferred',
      'exclusive',
      'immediate',
      'length',
      'name',
      'prototype',
    ])
    expect(() => observed().database.transaction('none' as never)).toThrow('Expected first argument to be a function')
  })
})

describe('a rewrite', () => {
  it('leaves alone what else its transaction changes', async () => {
    const { database, run, emitted } = observed()
    run(put(ALL))
    await emitted()
    database.transaction(() => {
      run('UPDATE thread_goals SET tokens_used = 10')
      run(`${DELETE} WHERE thread_id = 't1'`)
      run(`UPDATE thread_goals SET tokens_used = 20 WHERE thread_id = 't2'`)
      run(`UPDATE thread_goals SET tokens_used = 30 WHERE thread_id = 't2'`)
    })()
    expect(await emitted()).toEqual([
      'usage_accounted t1/g1 active 10',
      'usage_accounted t2/g2 active 10',
      'usage_accounted t3/g3 active 10',
      'cleared t1/g1 active 10',
      'usage_accounted t2/g2 active 20',
      'usage_accounted t2/g2 active 30',
    ])
  })

  it('of a goal that is the transaction’s own reports it once, or never', async () => {
    const { database, run, emitted } = observed()
    run(put(ALL.slice(0, 1)))
    await emitted()
    database.transaction(() => {
      run(DELETE)
      run(put(ALL))
      run(DELETE)
      run(put(ALL.slice(0, 2)))
    })()
    expect(await emitted()).toEqual(['created t2/g2 active 2'])
  })

  it('of another goal on the thread: one is cleared, one is created', async () => {
    const { database, run, emitted } = observed()
    run(put(ALL.slice(0, 1)))
    await emitted()
    database.transaction(() => {
      run(DELETE)
      run(put([{ ...(ALL[0] as Goal), goal: 'other' }]))
    })()
    expect(await emitted()).toEqual(['cleared t1/g1 active 1', 'created t1/other active 1'])
  })

  it('of a goal that a REPLACE has evicted, by a column of the agent’s own', async () => {
    const { run, emitted, database } = observed({
      schema: `CREATE TABLE thread_goals (goal_id TEXT PRIMARY KEY, thread_id TEXT,
      status TEXT DEFAULT 'active', tokens_used INTEGER DEFAULT 0, slot INTEGER UNIQUE)`,
    })
    run(`INSERT INTO thread_goals (goal_id, thread_id, slot) VALUES ('a', 't', 1), ('b', 'u', 2)`)
    await emitted()
    // They swap their places.
    database.transaction(() => {
      run(`REPLACE INTO thread_goals (goal_id, thread_id, slot) VALUES ('a', 't', 2)`)
      run(`REPLACE INTO thread_goals (goal_id, thread_id, slot, tokens_used) VALUES ('b', 'u', 1, 7)`)
    })()
    expect(await emitted()).toEqual(['usage_accounted u/b active 7'])
  })

  it.each([
    ['a time of deletion', 'gone = 1', 'gone = NULL'],
    ['a status', `state = 'off'`, `state = 'on'`],
  ])('by marks, %s, that are taken back', async (_, mark, unmark) => {
    const table: GoalTable = {
      table: 'goals',
      columns: { goalId: 'id', status: 'state', tokensUsed: 'tokens', deletedAt: 'gone' },
      statuses: { on: 'active', off: 'cleared' },
    }
    const { database, run, emitted } = observed({
      schema: 'CREATE TABLE goals (id TEXT PRIMARY KEY, state, tokens, gone)',
      options: { tables: [table] },
    })
    run(`INSERT INTO goals VALUES ('a', 'on', 1, NULL), ('b', 'on', 2, NULL), ('c', 'on', 3, NULL)`)
    await emitted()
    database.transaction(() => {
      run(`UPDATE goals SET ${mark}`)
      const upsert = (id: string, tokens: number) =>
        run(
          `INSERT INTO goals VALUES ('${id}', 'on', ${tokens}, NULL) ON CONFLICT DO UPDATE SET ${unmark}, tokens = excluded.tokens`,
        )
      upsert('a', 1)
      upsert('b', 20)
    })()
    expect((await emitted()).sort()).toEqual(['cleared c/c active 3', 'usage_accounted b/b active 20'])
  })

  it.each([
    ['goals first', ['DELETE FROM goals', 'DELETE FROM goal_usage']],
    ['usage first', ['DELETE FROM goal_usage', 'DELETE FROM goals']],
  ])('of goals and of the rows of their usage, %s', async (_, deletes) => {
    const table: GoalTable = {
      table: 'goals',
      columns: { goalId: 'id', status: 'status' },
      usage: { table: 'goal_usage', goalId: 'goal_id', tokens: 'tokens' },
    }
    for (const cascades of [true, false]) {
      const { database, run, emitted } = observed({
        schema: `CREATE TABLE goals (id TEXT PRIMARY KEY, status TEXT);
          CREATE TABLE goal_usage (goal_id TEXT${cascades ? ' REFERENCES goals (id) ON DELETE CASCADE' : ''}, tokens INTEGER)`,
        options: { tables: [table] },
      })
      database.pragma(`foreign_keys = ${cascades ? 'ON' : 'OFF'}`)
      const save = (...usage: number[]) =>
        database.transaction(() => {
          for (const sql of deletes) run(sql)
          run(`INSERT INTO goals VALUES ('a', 'active'), ('b', 'active')`)
          for (const tokens of usage) run('INSERT INTO goal_usage VALUES (?, ?)', 'a', tokens)
        })()
      save(5, 7)
      await emitted()
      save(5, 7)
      expect(await emitted()).toEqual([])
      save(5, 7, 10)
      expect(await emitted()).toEqual(['usage_accounted a/a active 22'])
      database.transaction(() => {
        run('DELETE FROM goal_usage')
        for (const tokens of [20, 2, 1]) run('INSERT INTO goal_usage VALUES (?, ?)', 'a', tokens)
      })()
      expect(await emitted()).toEqual(['usage_accounted a/a active 23'])
    }
  })

  it('of more goals than fit in a batch is not cut in two', async () => {
    const { database, run, emitted } = observed()
    const many = Array.from({ length: 6000 }, (_, n) => ({ thread: `t${n}`, goal: 'g', status: 'active', tokens: 0 }))
    database.transaction(() => run(put(many)))()
    await emitted()
    database.transaction(() => {
      run(DELETE)
      run(put(many.map((goal, n) => (n % 1000 === 0 ? { ...goal, tokens: 1 } : goal))))
    })()
    run(`UPDATE thread_goals SET tokens_used = 2 WHERE thread_id = 't0'`)
    expect(await emitted()).toEqual([
      ...[0, 1000, 2000, 3000, 4000, 5000].map((n) => `usage_accounted t${n}/g active 1`),
      'usage_accounted t0/g active 2',
    ])
  })

  it('has the same uids when it is delivered again', async () => {
    const file = temporaryFile()
    const database = connect(file)
    database.exec(TABLE)
    const sent: unknown[][] = []
    let takes = false
    const exporter = {
      export(records: { attributes: Record<string, unknown> }[], done: (_: { code: number; error?: Error }) => void) {
        sent.push(records.map(({ attributes }) => [attributes['agent_goal.id'], attributes['log.record.uid']]))
        done(takes ? { code: 0 } : { code: 1, error: new Error('not now') })
      },
    }
    const observation = observeGoals(database, { exporter })
    database.exec(put(ALL))
    database.exec(`BEGIN; ${DELETE}; ${put(ALL.map((goal) => ({ ...goal, tokens: 50, status: 'paused' })))}; COMMIT`)
    await expect(observation.flush()).rejects.toThrow('not now')
    takes = true
    await observation.flush()
    expect(sent).toHaveLength(2)
    expect(sent[1]).toEqual(sent[0])
    expect(new Set(sent[1]?.map(String)).size).toBe(9)
    observation.close()
  })
})

describe('100 random lists, saved in random ways', () => {
  it('are reported as what is different between a transaction’s begin and its end', { timeout: 120_000 }, async () => {
    const { next, of } = randomOf(7)
    const { database, emitted } = observe(connect(':memory:'))
    database.exec(TABLE)
    const kept = { thread: 'kept', goal: 'g', status: 'active', tokens: 0 }
    database.exec(put([kept]))
    await emitted()
    const list = new Map<string, Goal>([['kept', kept]])
    for (let n = 0; n < 100; n++) {
      const before = new Map(list)
      for (let m = next(4); m >= 0; m--) {
        const thread = `t${next(6)}`
        const known = list.get(thread)
        if (next(4) === 0) list.delete(thread)
        else if (known === undefined) list.set(thread, { thread, goal: `g${next(3)}`, status: 'active', tokens: 0 })
        else
          list.set(thread, {
            ...known,
            tokens: known.tokens + next(3),
            status: of(['active', 'active', 'paused', 'complete']),
          })
      }
      const [way, save] = of(Object.entries(WAYS))
      save(database, [...list.values()])
      const expected = [
        ...new Set([...before.values(), ...list.values()].map(({ thread, goal }) => `${thread}/${goal}`)),
      ]
      const snapshot = (goals: Map<string, Goal>, key: string) => {
        const found = [...goals.values()].find(({ thread, goal }) => `${thread}/${goal}` === key)
        if (found === undefined) return null
        const { thread, goal, status, tokens } = found
        return { threadId: thread, goalId: goal, status: status as 'active', tokensUsed: tokens, timeUsedSeconds: 0 }
      }
      const events = expected.flatMap((key) =>
        goalEvents({ before: snapshot(before, key), after: snapshot(list, key) }).map(
          ({ kind, goal }) => `${kind} ${key} ${goal.status} ${goal.tokensUsed}`,
        ),
      )
      expect((await emitted()).sort(), `${n}: ${way}`).toEqual(events.sort())
    }
  })
})
