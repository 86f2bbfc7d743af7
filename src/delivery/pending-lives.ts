import type { GoalLife, GoalLives } from '../event/goal-life.ts'
import type { LifeChanges } from '../outbox/checkpoint-store.ts'

/** Goals whose lives stay in memory, at least. */
const REMEMBERED = 4096

type Lives = Map<string, GoalLife | undefined>

/** The lives of goals as they are after the batches that were prepared, of which the last two may not be delivered yet. */
export class PendingLives implements GoalLives {
  #lifeOf: (key: string) => string | undefined = () => undefined
  #recent: Lives = new Map()
  #older: Lives = new Map()
  #changed = new Set<string>()

  /** What was prepared and not delivered is forgotten, and comes again. */
  start(lifeOf: (key: string) => string | undefined): void {
    this.#lifeOf = lifeOf
    this.#recent = new Map()
    this.#older = new Map()
    this.#changed = new Set()
  }

  get(key: string): GoalLife | undefined {
    if (this.#recent.has(key)) return this.#recent.get(key)
    const life = this.#older.has(key) ? this.#older.get(key) : parsed(this.#lifeOf(key))
    this.#recent.set(key, life)
    return life
  }

  set(key: string, life: GoalLife | undefined): void {
    if (this.get(key) === life) return
    this.#recent.set(key, life)
    this.#changed.add(key)
  }

  /** A batch is prepared. @returns what has changed in it. */
  take(): LifeChanges {
    const changes = [...this.#changed].map((key) => {
      const life = this.#recent.get(key)
      return [key, life === undefined ? null : JSON.stringify(life)] as const
    })
    this.#changed.clear()
    // What is left out here was last used two batches ago, at least, and is kept with the checkpoint by now.
    if (this.#recent.size > REMEMBERED) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    return changes
  }
}

function parsed(text: string | undefined): GoalLife | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as GoalLife
  } catch {
    // Damaged: the goal is met again.
    return undefined
  }
}
