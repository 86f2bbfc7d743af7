import { describe, expect, it } from 'vitest'
import { type GoalSnapshot, instrumentGoalStore } from '../../src/index.ts'
import { arrived, fileOutbox } from './recorded-goals.ts'

process.env.OTEL_BLRP_SCHEDULE_DELAY = '20'

const goal = (goalId: string): GoalSnapshot => ({ threadId: 't', goalId, status: 'active' })

/** As a query builder has it: it runs each time that it is awaited. */
class Query {
  #sql: string
  #runs = 0
  constructor(sql: string) {
    this.#sql = sql
  }
  get runs(): number {
    return this.#runs
  }
  set sql(sql: string) {
    this.#sql = sql
  }
  toSQL(): string {
    return this.#sql
  }
  returning(): this {
    this.#sql += ' RETURNING *'
    return this
  }
  // biome-ignore lint/suspicious/noThenProperty: as query builders have it
  then<T>(on: (made: GoalSnapshot) => T, off?: (error: unknown) => never): Promise<T> {
    this.#runs++
    return Promise.resolve(goal('g')).then(on, off)
  }
  catch(off: (error: unknown) => never): Promise<GoalSnapshot> {
    return this.then((made) => made, off)
  }
}

function made<Q extends object>(query: Q) {
  const { sent, options } = fileOutbox()
  const store = { create: (): Q => query }
  const after = (after: GoalSnapshot) => ({ before: null, after })
  return { sent, query: instrumentGoalStore(store, { create: after } as never, options).create() }
}

describe('a query that a named method gives', () => {
  it('has its privates, in its methods, getters and setters', () => {
    const { query } = made(new Query('INSERT'))
    expect([query.toSQL(), query.runs]).toEqual(['INSERT', 0])
    query.sql = 'REPLACE'
    expect(query.toSQL()).toBe('REPLACE')
    expect(query.toSQL).toBe(query.toSQL)
    expect(query.constructor).toBe(Query)
  })

  it('is recorded where it was chained', async () => {
    const { sent, query } = made(new Query('INSERT'))
    const chained = query.returning()
    expect(chained).toBe(query)
    expect(await chained).toEqual(goal('g'))
    expect([query.toSQL(), query.runs]).toEqual(['INSERT RETURNING *', 1])
    await arrived(sent, 1)
  })

  it('is recorded where it is run by its catch', async () => {
    const { sent, query } = made(new Query('INSERT'))
    expect(await query.catch(() => expect.unreachable())).toEqual(goal('g'))
    expect(query.runs).toBe(1)
    await arrived(sent, 1)
  })

  it('may be frozen, with its own then', async () => {
    // biome-ignore lint/suspicious/noThenProperty: as query builders have it
    const { query } = made(Object.freeze({ then: (on: (made: GoalSnapshot) => unknown) => on(goal('g')) }))
    expect(await query).toEqual(goal('g'))
  })
})
