import type { GoalSummary, GoalsPage } from '../../backend/api/api.ts'
import type { Filter } from '../../backend/api/page-address.ts'
import { ApiError, read } from '../lib/query.ts'
import { type FirstGoals, readFirst } from './first-goals.ts'

/** Goals of each further piece. */
const FURTHER = 1000

export interface Goals {
  readonly rows: readonly GoalSummary[]
  /** All goals that match; undefined until the first answer. */
  readonly total: number | undefined
  readonly next: string | null
  /** Goals have changed since the first page was read. */
  readonly stale: boolean
  readonly error: ApiError | undefined
}

export const NONE: Goals = { rows: [], total: undefined, next: null, stale: false, error: undefined }

/** The goals that match a filter, the last changed first, as far down as the reader has scrolled. */
export class GoalList {
  readonly filter: Filter
  readonly #onChange: (goals: Goals) => void
  readonly #end = new AbortController()
  #goals: Goals
  #query = ''
  /** The keys of the rows. */
  #known = new Set<string>()
  #reading = false
  /** Whether its rows are of its own filter. */
  #answered = false
  #again = false

  /** @param before shown until the first answer is there. */
  constructor(filter: Filter, before: Goals | undefined, onChange: (goals: Goals) => void) {
    this.filter = filter
    this.#goals = before ?? NONE
    this.#onChange = onChange
  }

  /** Goes on from a first page that is shown already. */
  begin(first: FirstGoals): void {
    this.#goals = goalsOf(first)
    this.#answered = true
    this.#note(first)
  }

  /** Reads the first page, and forgets the others: what stood there may have moved up. */
  async newest(): Promise<void> {
    if (this.#reading) {
      this.#again = true
      return
    }
    await this.#read(readFirst(this.filter, this.#end.signal), (first) => {
      this.#note(first)
      return goalsOf(first)
    })
    if (!this.#again || this.#end.signal.aborted) return
    this.#again = false
    await this.newest()
  }

  /** Reads the next page, where there is one. */
  async more(): Promise<void> {
    const { next } = this.#goals
    if (next === null || this.#reading) return
    const path = `api/goals?${this.#query}&limit=${FURTHER}&cursor=${encodeURIComponent(next)}`
    await this.#read(read<GoalsPage>(path, this.#end.signal), (page) => {
      const rows = [...this.#goals.rows]
      for (const goal of page.goals) {
        const key = goalKey(goal)
        // A goal twice would be two rows with one key.
        if (!this.#known.has(key)) rows.push(goal)
        this.#known.add(key)
      }
      return { rows, total: page.total, next: page.next }
    })
  }

  #note({ query, page }: FirstGoals): void {
    this.#query = query
    this.#known = new Set(page.goals.map(goalKey))
  }

  changed(): void {
    this.#set({ stale: true })
  }

  close(): void {
    this.#end.abort()
  }

  async #read<T>(answer: Promise<T>, take: (answer: T) => Partial<Goals>): Promise<void> {
    this.#reading = true
    try {
      this.#set({ ...take(await answer), error: undefined })
      this.#answered = true
    } catch (error) {
      if (this.#end.signal.aborted) return
      if (!(error instanceof ApiError)) throw error
      // Rows of the filter before are no answer to this one.
      if (!this.#answered) this.#set({ ...NONE, error, total: 0 })
      else this.#set({ error, total: this.#goals.total ?? 0 })
    } finally {
      this.#reading = false
    }
  }

  #set(change: Partial<Goals>): void {
    this.#goals = { ...this.#goals, ...change }
    this.#onChange(this.#goals)
  }
}

export function goalsOf({ page: { goals, total, next } }: FirstGoals): Goals {
  return { ...NONE, rows: goals, total, next }
}

export function goalKey({ thread_id, goal_id }: GoalSummary): string {
  return JSON.stringify([thread_id, goal_id])
}
