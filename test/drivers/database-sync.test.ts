import { backup, DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { observe, TABLE, temporaryFile, warnings } from '../capture/observed-goals.ts'

const goal = (thread: string) => `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('${thread}', 'g')`

function open(file = temporaryFile(), options = {}): DatabaseSync {
  const database = new DatabaseSync(file, options)
  onTestFinished(() => void (database.isOpen && database.close()))
  return database
}

function observed(options = {}) {
  const database = open(undefined, options)
  database.exec(TABLE)
  return { database, emitted: observe(database as never).emitted }
}

/** What an agent gets on an observed connection, and on one that is not. */
function both(agent: (database: DatabaseSync) => unknown, options = {}) {
  const bare = open(undefined, options)
  bare.exec(TABLE)
  return { bare: agent(bare), observed: agent(observed(options).database) }
}

describe('what an observed agent gets from a DatabaseSync', () => {
  it.each<[string, (database: DatabaseSync) => unknown, object?]>([
    ['bigints', (db) => db.prepare(goal('a')).run(), { readBigInts: true }],
    ['arrays', (db) => db.prepare(`${goal('a')} RETURNING *`).all(), { returnArrays: true }],
    ['columns()', (db) => db.prepare(`${goal('a')} RETURNING thread_id AS t`).columns()],
    [
      'sourceSQL and expandedSQL',
      (db) => {
        const statement = db.prepare('UPDATE thread_goals SET tokens_used = ?')
        statement.run(4)
        return [statement.sourceSQL, statement.expandedSQL]
      },
    ],
    [
      'setReadBigInts()',
      (db) => {
        const statement = db.prepare(`${goal('a')} RETURNING tokens_used`)
        statement.setReadBigInts(true)
        return statement.get()
      },
    ],
    [
      'bare and unknown names',
      (db) => {
        const statement = db.prepare(`UPDATE thread_goals SET tokens_used = :n`)
        statement.setAllowUnknownNamedParameters(true)
        return statement.run({ n: 1, more: 2 })
      },
    ],
    [
      'an iterator, with the methods of one',
      (db) => {
        const rows = db.prepare(`${goal('a')} RETURNING thread_id`).iterate() as unknown as object[]
        return ['toArray' in rows, [...rows.map((row) => Object.values(row))]]
      },
    ],
    [
      'its own aggregates and functions',
      (db) => {
        db.function('double', (n) => Number(n) * 2)
        db.aggregate('product', { start: 1, step: (sum, n) => Number(sum) * Number(n) })
        db.exec(goal('a'))
        return db.prepare('SELECT product(double(tokens_used + 2)) AS p, changes() AS c FROM thread_goals').get()
      },
    ],
    [
      'changesets and patchsets of all tables, and of one',
      (db) => {
        db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, note, at REAL, more BLOB)')
        db.exec(goal('x'.repeat(300)))
        const sessions = [db.createSession(), db.createSession({ table: 'thread_goals' })]
        const empty = sessions.map((session) => session.changeset())
        db.exec(`INSERT INTO notes VALUES (1, 'T', 1.5, x'00'), (2, NULL, 2, NULL)`)
        db.exec(`${goal('a')}; UPDATE thread_goals SET tokens_used = 7; DELETE FROM thread_goals WHERE thread_id = 'a'`)
        db.exec(`${goal('b')}; UPDATE notes SET note = 'P' WHERE id = 1`)
        return [...empty, ...sessions.flatMap((session) => [session.changeset(), session.patchset()])]
      },
    ],
    [
      'iteration that is broken off',
      (db) => {
        for (const _ of db.prepare(`${goal('a')} RETURNING thread_id`).iterate()) break
        db.exec('VACUUM')
        return db.prepare('SELECT * FROM thread_goals').all()
      },
    ],
    [
      'its own error during an iteration',
      (db) => {
        db.exec(goal('a'))
        try {
          return [...db.prepare(`${goal('a')} RETURNING 1`).iterate()]
        } catch (error) {
          return { ...(error as object), message: (error as Error).message }
        }
      },
    ],
    [
      'a refusal of a value that is not a text',
      (db) =>
        [undefined, Object.create(null)].flatMap((sql) =>
          [() => db.prepare(sql), () => db.exec(sql)].map((run) => {
            try {
              return run()
            } catch (error) {
              return `${error}`
            }
          }),
        ),
    ],
    [
      'nothing of a closed connection',
      (db) => {
        const statement = db.prepare(goal('a'))
        db.close()
        return [() => statement.run(), () => db.exec(goal('a')), () => db.prepare(goal('a')), () => db.close()].map(
          (run) => {
            try {
              return run()
            } catch (error) {
              return `${error}`
            }
          },
        )
      },
    ],
  ])('%s is what it gets unobserved', (_, agent, options) => {
    const { bare, observed } = both(agent, options)
    expect(observed).toEqual(bare)
  })

  it('names, lengths and keys of methods', () => {
    const { bare, observed } = both((db) =>
      [DatabaseSync.prototype, Object.getPrototypeOf(db.prepare(goal('a')))].map((methods) =>
        Object.entries(Object.getOwnPropertyDescriptors(methods as object)).map(([key, { value, ...how }]) => {
          return { key, name: value?.name, length: value?.length, ...how, get: undefined }
        }),
      ),
    )
    expect(observed).toEqual(bare)
  })

  it('a backup, of all of it', async () => {
    const { database } = observed()
    database.exec(goal('a'))
    const copy = temporaryFile()
    await backup(database, copy)
    expect(open(copy).prepare('SELECT thread_id FROM thread_goals').all()).toEqual([{ thread_id: 'a' }])
  })
})

describe('integers beyond the range of a number', () => {
  it('neither fail the agent’s statement nor the delivery', async () => {
    const database = open()
    database.exec(
      `CREATE TABLE thread_goals (goal_id INTEGER PRIMARY KEY, thread_id INTEGER, status TEXT, tokens_used)`,
    )
    const { emitted } = observe(database as never)
    database.exec(`INSERT INTO thread_goals VALUES (9223372036854775807, 2, 'active', 9007199254740993)`)
    database.exec(`REPLACE INTO thread_goals VALUES (9223372036854775807, 2, 'paused', 9007199254740993)`)
    expect((await emitted()).map((event) => event.split(' ')[0])).toEqual(['created', 'status_changed'])
  })
})

describe('statements prepared before goaltrace attached', () => {
  it('are observed, and keep running where goaltrace fails', async () => {
    const said = warnings()
    const database = open()
    database.exec(TABLE)
    const insert = database.prepare(`INSERT INTO thread_goals (thread_id, goal_id) VALUES (?, 'g')`)
    const { emitted } = observe(database as never)
    insert.run('a')
    expect(await emitted()).toEqual(['created a/g active 0'])
    const other = open(database.location() as string)
    other.exec('DROP TABLE _goaltrace_outbox')
    insert.run('b')
    expect(await emitted()).toEqual(['created b/g active 0'])
    expect(said).toEqual([])
  })
})

// https://nodejs.org/api/sqlite.html#databasecreatetagstoremaxsize, Node 24.9 or newer
describe.skipIf(!('createTagStore' in DatabaseSync.prototype))('a store of tags', () => {
  it('is observed through each of its methods, and returns what it returns unobserved', async () => {
    const agent = (database: DatabaseSync) => {
      const sql = database.createTagStore()
      return [
        sql.run`INSERT INTO thread_goals (thread_id, goal_id) VALUES (${'a'}, ${'g'})`,
        sql.get`UPDATE thread_goals SET tokens_used = ${1} RETURNING tokens_used`,
        sql.all`UPDATE thread_goals SET tokens_used = ${2} RETURNING tokens_used`,
        [...sql.iterate`UPDATE thread_goals SET tokens_used = ${3} RETURNING tokens_used`],
        sql.all`SELECT * FROM thread_goals`,
        sql.size,
      ]
    }
    const bare = open()
    bare.exec(TABLE)
    const { database, emitted } = observed()
    expect(agent(database)).toEqual(agent(bare))
    expect(await emitted()).toEqual([
      'created a/g active 0',
      ...[1, 2, 3].map((n) => `usage_accounted a/g active ${n}`),
    ])
  })
})

describe.skipIf(!('setAuthorizer' in DatabaseSync.prototype))('an authorizer', () => {
  it('is called as it is unobserved, and cannot stop goaltrace', async () => {
    const asked = (database: DatabaseSync) => {
      const questions: unknown[] = []
      database.setAuthorizer((...question) => {
        questions.push(question)
        return question.some((part) => String(part).includes('_goaltrace')) ? 1 : 0
      })
      database.exec(goal('a'))
      database.prepare('UPDATE thread_goals SET tokens_used = 1').run()
      return questions
    }
    const bare = open()
    bare.exec(TABLE)
    const { database, emitted } = observed()
    expect(asked(database)).toEqual(asked(bare))
    expect(await emitted()).toEqual(['created a/g active 0', 'usage_accounted a/g active 1'])
  })
})

describe('methods that replace or write data without a statement', () => {
  it.skipIf(!('deserialize' in DatabaseSync.prototype))('deserialize(): the new tables are observed', async () => {
    const { database, emitted } = observed()
    database.exec(goal('a'))
    await emitted()
    const other = open(':memory:')
    other.exec(`${TABLE}; ${goal('b')}`)
    database.deserialize(other.serialize())
    database.exec('UPDATE thread_goals SET tokens_used = 1')
    expect(database.prepare('SELECT thread_id, tokens_used FROM thread_goals').all()).toEqual([
      { thread_id: 'b', tokens_used: 1 },
    ])
    expect(database.prepare('SELECT goal FROM _goaltrace_outbox').all()).toEqual([{ goal: 'g' }])
  })

  it('applyChangeset(): is observed', async () => {
    const source = open(':memory:')
    source.exec(TABLE)
    const session = source.createSession({ table: 'thread_goals' })
    source.exec(goal('a'))
    const { database, emitted } = observed()
    expect(database.applyChangeset(session.changeset())).toBe(true)
    expect(await emitted()).toEqual(['created a/g active 0'])
  })
})

describe('a connection that is closed', () => {
  it('by Symbol.dispose leaves pending rows, and deletes nothing', async () => {
    const { database, emitted } = observed()
    database.exec(goal('a'))
    database[Symbol.dispose]()
    expect(database.isOpen).toBe(false)
    expect(await emitted()).toEqual(['created a/g active 0'])
  })

  it('and opened again works as before', async () => {
    const { database, emitted } = observed()
    database.exec(goal('a'))
    database.close()
    database.open()
    database.exec(goal('b'))
    expect(database.prepare('SELECT count(*) AS n FROM thread_goals').get()).toEqual({ n: 2 })
    expect(await emitted()).toEqual(['created a/g active 0'])
  })

  it('read-only is read as before', () => {
    const said = warnings()
    const { database } = observed()
    database.exec(goal('a'))
    const reader = open(database.location() as string, { readOnly: true })
    observe(reader as never)
    expect(reader.prepare('SELECT thread_id FROM thread_goals').all()).toEqual([{ thread_id: 'a' }])
    expect(() => reader.exec(goal('b'))).toThrow('readonly')
    expect(said).toEqual([])
  })
})
