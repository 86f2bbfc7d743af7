import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type GoalSnapshot, instrumentGoalStore } from '../../src/index.ts'
import { arrived, fileOutbox } from './recorded-goals.ts'

process.env.OTEL_BLRP_SCHEDULE_DELAY = '20'

const goal = (goalId: string): GoalSnapshot => ({ threadId: 't', goalId, status: 'active' })
const CREATE = { create: (after: GoalSnapshot) => ({ before: null, after }) }

/** A store of one method, instrumented. */
function plain() {
  const { sent, options } = fileOutbox()
  const store = { create: (id: string) => goal(id), label: 'goals' }
  return { sent, store, goals: instrumentGoalStore(store, CREATE, options) }
}

describe('a store that is frozen', () => {
  it.each([
    ['once it is instrumented', ({ goals }: ReturnType<typeof plain>) => Object.freeze(goals)],
    ['behind what is instrumented', ({ store }: ReturnType<typeof plain>) => Object.freeze(store)],
  ])('%s, still records its goals, and throws nothing', async (_, freeze) => {
    const made = plain()
    freeze(made)
    const { goals, sent } = made
    expect(goals.create('g').goalId).toBe('g')
    expect(Object.isFrozen(goals)).toBe(true)
    expect(Object.keys(goals)).toEqual(['create', 'label'])
    expect({ ...goals }.create).toBe(goals.create)
    expect(Reflect.set(goals, 'label', 'others')).toBe(false)
    expect(Reflect.deleteProperty(goals, 'label')).toBe(false)
    await arrived(sent, 1)
  })

  it.each([Object.seal, Object.preventExtensions])('with %o, takes what it took', (close) => {
    const { goals, store } = plain()
    close(goals)
    close(goals)
    goals.label = 'others'
    expect([goals.label, store.label]).toEqual(['others', 'others'])
    expect(Reflect.set(goals, 'more', 1)).toBe(false)
    Object.freeze(store)
    expect(Object.getOwnPropertyDescriptor(goals, 'label')?.value).toBe('others')
    expect('create' in goals).toBe(true)
    expect(Object.getPrototypeOf(goals)).toBe(Object.prototype)
  })

  it('in one property, shows that one as the others', async () => {
    const { goals, sent } = plain()
    Object.defineProperty(goals, 'create', { configurable: false, writable: false })
    expect(goals.create('g')).toEqual(goal('g'))
    expect(Object.getOwnPropertyDescriptor(goals, 'create')).toMatchObject({ writable: false, configurable: false })
    await arrived(sent, 1)
  })
})

describe('a store that is looked at', () => {
  it('is printed as the store', () => {
    const { goals, store } = plain()
    expect(inspect(goals)).toBe(inspect(store))
  })

  it('is an array where the store is one', () => {
    const { options } = fileOutbox()
    const goals = instrumentGoalStore([] as GoalSnapshot[], { push: () => undefined } as never, options)
    expect(goals.push(goal('g'))).toBe(1)
    expect(Array.isArray(goals)).toBe(true)
    expect(JSON.stringify(Object.freeze(goals))).toBe(JSON.stringify([goal('g')]))
  })

  it('records a change once where a method was taken and put back', async () => {
    const { goals, sent } = plain()
    const { create } = goals
    goals.create = goal
    goals.create = create
    Object.defineProperty(goals, 'create', Object.getOwnPropertyDescriptor(goals, 'create') ?? {})
    goals.create('a')
    goals.create('b')
    await arrived(sent, 2)
    expect(sent.map(({ attributes }) => attributes['agent_goal.id'])).toEqual(['a', 'b'])
  })
})

describe('a class whose static methods are the store', () => {
  class Goal {
    static readonly #made: string[] = []
    readonly id: string
    constructor(id: string) {
      this.id = id
    }
    static create(id: string): GoalSnapshot {
      Goal.#made.push(id)
      return goal(new Goal(id).id)
    }
    static get made(): number {
      return Goal.#made.length
    }
  }

  it('is still a class: recreated, extended, asked for its instances', async () => {
    const { sent, options } = fileOutbox()
    const Goals = instrumentGoalStore(Goal, CREATE, options)
    const one = new Goals('a')
    expect([one.id, one instanceof Goals, one instanceof Goal, one.constructor]).toEqual(['a', true, true, Goal])
    expect([Goals.prototype, Goals.name, Goals.length]).toEqual([Goal.prototype, 'Goal', 1])
    class Sub extends Goals {}
    expect(new Sub('b')).toBeInstanceOf(Sub)
    expect(new Sub('b')).toBeInstanceOf(Goal)
    expect(Reflect.construct(Goals, ['c'])).toBeInstanceOf(Goals)
    expect(() => (Goals as never as () => void)()).toThrow("Class constructor Goal cannot be invoked without 'new'")
    expect(Object.isFrozen(Object.freeze(instrumentGoalStore(class {}, {}, options)))).toBe(true)
    Goals.create('g')
    expect(Goals.made).toBe(1)
    await arrived(sent, 1)
  })

  it('may be a function, which is called', () => {
    const { options } = fileOutbox()
    const store = Object.assign((id: string) => `goal ${id}`, { create: goal })
    const goals = instrumentGoalStore(store, CREATE, options)
    expect(goals('g')).toBe('goal g')
    expect(() => Reflect.construct(goals, [])).toThrow(TypeError)
  })

  it('that a store has as a property is the very class', () => {
    const { options } = fileOutbox()
    function Old(): void {}
    Old.prototype.save = () => undefined
    const goals = instrumentGoalStore({ Goal, Old, Map, create: goal }, CREATE, options)
    expect([goals.Goal === Goal, goals.Old === (Old as unknown), goals.Map === Map]).toEqual([true, true, true])
  })
})
