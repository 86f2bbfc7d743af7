import { setTimeout as later } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type GoalSnapshot, instrumentGoalStore } from '../../src/index.ts'
import { warnings } from '../capture/observed-goals.ts'
import { arrived, fileOutbox } from './recorded-goals.ts'

process.env.OTEL_BLRP_SCHEDULE_DELAY = '20'

const goal = (goalId: string): GoalSnapshot => ({ threadId: 't', goalId, status: 'active' })

/** What `create` gives once it is instrumented, and what is recorded of it. */
function created<Result>(create: () => Result) {
  const { sent, options } = fileOutbox()
  const after = (after: GoalSnapshot) => ({ before: null, after })
  return { sent, result: instrumentGoalStore({ create }, { create: after } as never, options).create() }
}

class Task<T> extends Promise<T> {
  #cancelled = false
  cancel(): boolean {
    this.#cancelled = true
    return this.#cancelled
  }
}

/** A promise that starts once it is awaited, as `postgres` gives it. */
class Lazy extends Promise<GoalSnapshot> {
  static started = 0
  static override get [Symbol.species]() {
    return Promise
  }
  // biome-ignore lint/suspicious/noThenProperty: as query builders have it
  override then<T, F>(...on: Parameters<Promise<GoalSnapshot>['then']>): Promise<T | F> {
    Lazy.started++
    return super.then(...on) as Promise<T | F>
  }
}

/** The reasons of unhandled rejections. */
function unhandled(): unknown[] {
  const reasons: unknown[] = []
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', (reason) => void reasons.push(reason))
  onTestFinished(() => {
    process.removeAllListeners('unhandledRejection')
    for (const other of others) process.on('unhandledRejection', other)
  })
  return reasons
}

describe('a promise that a named method gives', () => {
  it('keeps its own properties', async () => {
    const { sent, result } = created(() => Object.assign(Promise.resolve(goal('g')), { pid: 4 }))
    expect(result.pid).toBe(4)
    expect(result).toBeInstanceOf(Promise)
    expect(await result).toEqual(goal('g'))
    expect(await result.finally(() => undefined)).toEqual(goal('g'))
    await arrived(sent, 1)
  })

  it('keeps the methods of its class, on itself', async () => {
    const { sent, result } = created(() => Task.resolve(goal('g')) as Task<GoalSnapshot>)
    expect(result.cancel()).toBe(true)
    expect(result).toBeInstanceOf(Task)
    expect(result.then((made) => made)).toBeInstanceOf(Task)
    expect(await Promise.all([result])).toEqual([goal('g')])
    await arrived(sent, 1)
  })

  it('is recorded without being awaited', async () => {
    const { sent } = created(() => Object.assign(Promise.resolve(goal('g')), { pid: 4 }))
    await arrived(sent, 1)
  })

  it('starts no sooner than its caller awaits it, and once', async () => {
    const { sent, result } = created(() => Lazy.resolve(goal('g')) as Lazy)
    Lazy.started = 0
    await later(5)
    expect([Lazy.started, result instanceof Lazy]).toEqual([0, true])
    expect(await result).toEqual(goal('g'))
    expect(Lazy.started).toBe(1)
    await arrived(sent, 1)
  })

  it('may be of a class that makes no others', async () => {
    class Only extends Promise<GoalSnapshot> {
      static made = false
      constructor(executor: ConstructorParameters<typeof Promise<GoalSnapshot>>[0]) {
        if (Only.made) throw new TypeError('only one')
        super(executor)
        Only.made = true
      }
    }
    expect(created(() => new Only((done) => done(goal('g')))).result).toBeInstanceOf(Only)
  })

  it.each([
    ['a plain one', () => Promise.reject(new RangeError('no room'))],
    ['one with properties', () => Object.assign(Promise.reject(new RangeError('no room')), { pid: 4 })],
    ['one of a class', () => Task.reject(new RangeError('no room')) as Task<never>],
  ])('rejected: handled where its caller does, else unhandled once: %s', async (_, reject) => {
    const reasons = unhandled()
    await expect(created(reject).result).rejects.toThrow(new RangeError('no room'))
    await created(reject).result.catch(() => undefined)
    await later(20)
    expect(reasons).toEqual([])
    created(reject)
    await later(20)
    expect(reasons).toEqual([new RangeError('no room')])
  })

  it('that comes to the store comes to the instrumented one', async () => {
    const { options } = fileOutbox()
    class Store {
      async open(): Promise<this> {
        return this
      }
    }
    const goals = instrumentGoalStore(new Store(), { open: () => undefined }, options)
    expect(await goals.open()).toBe(goals)
  })
})

it('a result whose then cannot be read is given as it is', () => {
  const odd = {
    // biome-ignore lint/suspicious/noThenProperty: that is what is odd
    get then(): never {
      throw new Error('not for you')
    },
  }
  expect(created(() => odd).result).toBe(odd)
})

describe('a description whose functions return promises for a method that returns none', () => {
  it('`before`: the method returns what it does from its second call on, and that is said', async () => {
    const said = warnings()
    const { sent, options } = fileOutbox()
    const store = { drop: (id: string) => `dropped ${id}` }
    const before = async () => Promise.reject(new Error('too late'))
    instrumentGoalStore(store, { drop: { before, after: () => null } } as object, options)
    expect(await store.drop('a')).toBe('dropped a')
    expect(store.drop('b')).toBe('dropped b')
    expect(
      said.filter((line) => line.includes('`before` of drop() returns a promise, but drop() itself')),
    ).toHaveLength(1)
    expect(sent).toEqual([])
  })

  it('`after`: the message names it and what to do, and nothing twice', () => {
    const said = warnings()
    const { options } = fileOutbox()
    const store = { take: (id: string) => `taken ${id}` }
    const after = async () => Promise.reject(new Error('too late'))
    instrumentGoalStore(store, { take: { before: () => null, after } } as object, options)
    expect(store.take('a')).toBe('taken a')
    expect(said).toEqual([
      'goaltrace: instrumentGoalStore: changes made by take() are not recorded: `after` returned a promise; ' +
        'return the goal itself: for an async method, it is called with what the promise resolves to',
    ])
  })
})

describe('a method that V8 ends, as the timeout of node:vm does', () => {
  it('does not keep the calls after it from being recorded', async () => {
    const { sent, options } = fileOutbox()
    const add = (goalId: string) => {
      for (; goalId === 'hangs'; );
      return { threadId: 't', goalId, status: 'active' as const }
    }
    const store = instrumentGoalStore({ add }, { add: (after) => ({ before: null, after }) }, options)
    const run = () => store.add('hangs')
    expect(() => runInNewContext('run()', { run }, { timeout: 20 })).toThrow('timed out')
    await Promise.resolve()
    store.add('a')
    await arrived(sent, 1)
    expect(sent[0]?.attributes['agent_goal.id']).toBe('a')
  })
})
