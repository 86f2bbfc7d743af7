import { EventEmitter, once } from 'node:events'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type GoalSnapshot, type GoalStatus, instrumentGoalStore } from '../../src/index.ts'
import { warnings } from '../capture/observed-goals.ts'
import { arrived, fileOutbox } from './recorded-goals.ts'

process.env.OTEL_BLRP_SCHEDULE_DELAY = '20'

const goal = (goalId: string, status: GoalStatus = 'active'): GoalSnapshot => ({ threadId: 't', goalId, status })
const created = (after: GoalSnapshot) => ({ before: null, after })
const ids = (sent: readonly { attributes: Record<string, unknown> }[]) =>
  sent.map(({ attributes }) => attributes['agent_goal.id'])

class Store {
  readonly #goals = new Map<string, GoalSnapshot>()
  readonly changes = new EventEmitter()
  create(id: string): GoalSnapshot {
    this.#goals.set(id, goal(id))
    this.changes.emit('created', id)
    return goal(id)
  }
  createTwo(one: string, other: string): GoalSnapshot[] {
    return [this.create(one), this.create(other)]
  }
  async createLater(id: string): Promise<GoalSnapshot> {
    await null
    return this.create(id)
  }
  get size(): number {
    return this.#goals.size
  }
  get many(): number {
    return this.#count()
  }
  #count(): number {
    return this.#goals.size
  }
  has(id: string): boolean {
    return this.#goals.has(id)
  }
}

const METHODS = {
  create: created,
  createTwo: (made: GoalSnapshot[]) => made.map(created),
  createLater: created,
}

describe('a named method that calls another one', () => {
  it('is one change, sync and async', async () => {
    const { sent, options } = fileOutbox()
    const goals = instrumentGoalStore(new Store(), METHODS, options)
    goals.createTwo('a', 'b')
    await goals.createLater('c')
    goals.create('d')
    await arrived(sent, 4)
    expect(ids(sent)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('leaves calls that others make meanwhile their own', async () => {
    const { sent, options } = fileOutbox()
    const goals = instrumentGoalStore(new Store(), METHODS, options)
    const later = goals.createLater('a')
    goals.create('b')
    await later
    await arrived(sent, 2)
    expect(ids(sent)).toEqual(['b', 'a'])
  })

  it('is over once it has its outcome: what it has started makes its own changes', async () => {
    const { sent, options } = fileOutbox()
    const store = new Store()
    const goals = instrumentGoalStore(store, METHODS, options)
    const loop = once(store.changes, 'looped')
    store.changes.once('created', () => {
      setImmediate(() => {
        goals.create('b')
        goals.createTwo('c', 'd')
        store.changes.emit('looped')
      })
    })
    goals.create('a')
    await loop
    await arrived(sent, 4)
    expect(ids(sent)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('may be another store’s, whose changes are its own', async () => {
    const { sent, options } = fileOutbox()
    const inner = instrumentGoalStore(new Store(), METHODS, options)
    const outer = instrumentGoalStore(
      { add: (id: string) => inner.create(`inner ${id}`) },
      { add: (_, id) => created(goal(id)) },
      options,
    )
    outer.add('a')
    await arrived(sent, 2)
    expect(ids(sent)).toEqual(['inner a', 'a'])
  })

  it('may be itself, instrumented before', async () => {
    const { sent, options } = fileOutbox()
    const goals = instrumentGoalStore(instrumentGoalStore(new Store(), METHODS, options), METHODS, options)
    goals.create('a')
    goals.create('b')
    await arrived(sent, 2)
    expect(ids(sent)).toEqual(['a', 'b'])
  })

  it('and that throws records nothing, and is over', async () => {
    const { sent, options } = fileOutbox()
    class Failing extends Store {
      override createTwo(one: string, other: string): GoalSnapshot[] {
        this.create(one)
        this.create(other)
        throw new RangeError('rolled back')
      }
    }
    const goals = instrumentGoalStore(new Failing(), METHODS, options)
    expect(() => goals.createTwo('a', 'b')).toThrow(new RangeError('rolled back'))
    goals.create('c')
    await arrived(sent, 1)
    expect(ids(sent)).toEqual(['c'])
  })
})

describe('a wrapped store', () => {
  it('is the object that was given, and its class stays as it was', () => {
    const { options } = fileOutbox()
    const before = Object.getOwnPropertyDescriptors(Store.prototype)
    const store = new Store()
    expect(instrumentGoalStore(store, METHODS, options)).toBe(store)
    expect(Object.getOwnPropertyDescriptors(Store.prototype)).toEqual(before)
    expect(new Store().create).toBe(Store.prototype.create)
    expect(Object.keys(store)).toEqual(['changes'])
    expect(inspect(store)).toBe(inspect(new Store()))
  })

  it('has the bare method again once the wrapper is deleted', () => {
    const { options } = fileOutbox()
    const goals: Partial<Store> = instrumentGoalStore(new Store(), METHODS, options)
    delete goals.create
    expect(goals.create).toBe(Store.prototype.create)
  })

  it('is a copy where it is frozen: its privates, its accessors, its own self', async () => {
    const { sent, options } = fileOutbox()
    const store = Object.freeze(
      new (class extends Store {
        readonly Store = Store
        itself(): this {
          return this
        }
      })(),
    )
    const goals = instrumentGoalStore(store, METHODS, options)
    expect(goals).toBeInstanceOf(Store)
    expect(goals.create('a')).toEqual(goal('a'))
    expect([goals.size, goals.many, goals.has('a'), store.size]).toEqual([1, 1, true, 1])
    expect(goals.Store).toBe(Store)
    expect(goals.itself().create).toBe(goals.create)
    expect(goals.createTwo('b', 'c')).toHaveLength(2)
    await arrived(sent, 3)
    expect(ids(sent)).toEqual(['a', 'b', 'c'])
  })

  it('may be the namespace of a module', async () => {
    const { sent, options } = fileOutbox()
    const module = await import('./module-store.ts')
    const goals = instrumentGoalStore(module, { create: created }, options)
    expect([goals.create('a').goalId, goals.count, Object.keys(goals)]).toEqual(['a', 1, ['count', 'create']])
    await arrived(sent, 1)
  })

  it('may be a proxy that takes no other methods', async () => {
    const { sent, options } = fileOutbox()
    const remote = new Proxy({} as { create(id: string): GoalSnapshot; list(): string }, {
      get: (_, name) => (id: string) => (name === 'create' ? goal(id) : String(name)),
      defineProperty: () => false,
    })
    const goals = instrumentGoalStore(remote, { create: created }, options)
    expect([goals.create('a'), goals.list()]).toEqual([goal('a'), 'list'])
    await arrived(sent, 1)
  })

  it('says once that a frozen query is not followed', () => {
    const said = warnings()
    const { options } = fileOutbox()
    // biome-ignore lint/suspicious/noThenProperty: as query builders have it
    const add = () => Object.freeze({ then: (on: (made: GoalSnapshot) => void) => on(goal('a')) })
    const goals = instrumentGoalStore({ add }, { add: () => undefined }, options)
    goals.add()
    goals.add()
    expect(said).toEqual([
      expect.stringMatching(/instrumentGoalStore: changes made by add\(\) are not recorded: its result is frozen/),
    ])
  })
})
