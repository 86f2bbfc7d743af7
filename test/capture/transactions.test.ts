import { describe, expect, it } from 'vitest'
import { observed, TABLE } from './observed-goals.ts'

const goal = (thread: string, id = 'g') => `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('${thread}', '${id}')`

describe('a rolled back mutation', () => {
  it('emits nothing', async () => {
    const { database, emitted, run } = observed()
    run('BEGIN')
    run(goal('t'))
    run('ROLLBACK')
    database.exec(`BEGIN; ${goal('t')}; ROLLBACK`)
    expect(await emitted()).toEqual([])
    run(goal('t'))
    expect(await emitted()).toEqual(['created t/g active 0'])
  })

  it('emits nothing where a transaction function throws, and what other ones committed is emitted', async () => {
    const { database, emitted, run } = observed()
    const inner = database.transaction((thread: string, fails: boolean) => {
      run(goal(thread))
      if (fails) throw new Error('no')
    })
    const outer = database.transaction(() => {
      inner('a', false)
      expect(() => inner('b', true)).toThrow('no')
      inner('c', false)
    })
    outer()
    expect(() => database.transaction(() => inner('d', true))()).toThrow('no')
    expect(await emitted()).toEqual(['created a/g active 0', 'created c/g active 0'])
  })
})

describe('nested savepoints', () => {
  it('emit what the outermost one commits', async () => {
    const { emitted, run } = observed()
    run('SAVEPOINT one')
    run(goal('a'))
    run('SAVEPOINT two')
    run(goal('b'))
    run('SAVEPOINT three')
    run(goal('c'))
    run('RELEASE three')
    run('ROLLBACK TO two')
    run(goal('d'))
    run('RELEASE one')
    expect(await emitted()).toEqual(['created a/g active 0', 'created d/g active 0'])
  })
})

describe('goaltrace attached inside a transaction', () => {
  it('that is rolled back: attaches again', async () => {
    const { database, emitted, run } = observed({ schema: '' })
    run('BEGIN')
    run(TABLE)
    run(goal('a'))
    run('ROLLBACK')
    run(TABLE)
    run(goal('b'))
    expect(await emitted()).toEqual(['created b/g active 0'])
    expect(database.prepare('SELECT count(*) FROM _goaltrace_outbox').pluck().get()).toBe(1)
  })

  it('whose savepoint is rolled back: attaches again within it', async () => {
    const { emitted, run } = observed({ schema: '' })
    run('BEGIN')
    run(TABLE)
    run('SAVEPOINT one')
    run(goal('a'))
    run('ROLLBACK TO one')
    run(goal('b'))
    run('COMMIT')
    run(goal('c'))
    expect(await emitted()).toEqual(['created b/g active 0', 'created c/g active 0'])
  })
})

describe('a statement that fails', () => {
  it('of several rows leaves no trace', async () => {
    const { emitted, run } = observed()
    run(goal('a'))
    expect(() => run(`INSERT INTO thread_goals (thread_id, goal_id) VALUES ('b', 'g'), ('a', 'g')`)).toThrow('UNIQUE')
    expect(() => run(`UPDATE thread_goals SET status = 'unheard of'`)).toThrow('CHECK')
    expect(await emitted()).toEqual(['created a/g active 0'])
  })

  it('OR FAIL emits the rows before the failure, OR IGNORE the others, OR ROLLBACK none of the transaction', async () => {
    const { database, emitted, run } = observed()
    run(goal('b'))
    expect(() =>
      run(`INSERT OR FAIL INTO thread_goals (thread_id, goal_id) VALUES ('a', 'g'), ('b', 'g'), ('c', 'g')`),
    ).toThrow('UNIQUE')
    run(`INSERT OR IGNORE INTO thread_goals (thread_id, goal_id) VALUES ('b', 'h'), ('d', 'g')`)
    run('BEGIN')
    run(goal('e'))
    expect(() => run(`INSERT OR ROLLBACK INTO thread_goals (thread_id, goal_id) VALUES ('b', 'g')`)).toThrow('UNIQUE')
    expect(database.inTransaction).toBe(false)
    expect(await emitted()).toEqual(['created b/g active 0', 'created a/g active 0', 'created d/g active 0'])
  })

  it('because the agent raises: RAISE(IGNORE), RAISE(ABORT), RAISE(FAIL)', async () => {
    const { emitted, run, database } = observed()
    database.exec(`CREATE TRIGGER guard AFTER UPDATE ON thread_goals BEGIN
      SELECT CASE NEW.tokens_used WHEN 1 THEN RAISE(ABORT, 'abort') WHEN 2 THEN RAISE(FAIL, 'fail') WHEN 3 THEN RAISE(IGNORE) END;
    END`)
    run(goal('a'))
    const spend = (tokens: number) => run('UPDATE thread_goals SET tokens_used = ?', tokens)
    expect(() => spend(1)).toThrow('abort')
    expect(() => spend(2)).toThrow('fail')
    spend(3)
    // What FAIL and IGNORE leave in the table is emitted as well; ABORT leaves nothing.
    expect(await emitted()).toEqual([
      'created a/g active 0',
      'usage_accounted a/g active 2',
      'usage_accounted a/g active 3',
    ])
  })
})
