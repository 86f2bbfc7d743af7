import type { GoalLife, GoalLives, LifePlace } from '../event/goal-life.ts'
import type { LifeChanges } from '../outbox/checkpoint-store.ts'

/** Goals whose lives stay in memory, at least. */
const REMEMBERED = 4096

/** The lives of goals as they are after the batches that were prepared, of which the last two may not be delivered yet. */
export class PendingLives implements GoalLives {
  #lifeOf: (key: string) => string | undefined = () => undefined
  #recent = new Map<string, PendingLife>()
  #older = new Map<string, PendingLife>()
  #changed: PendingLife[] = []

  /** What was prepared and not delivered is forgotten, and comes again. */
  start(lifeOf: (key: string) => string | undefined): void {
    this.#lifeOf = lifeOf
    this.#recent = new Map()
    this.#older = new Map()
    this.#changed = []
  }

  placeOf(key: string): LifePlace {
    const known = this.#recent.get(key)
    if (known) return known
    const place =
      this.#older.get(key) ?? new PendingLife(key, parsed(this.#lifeOf(key)), (changed) => this.#changed.push(changed))
    this.#recent.set(key, place)
    return place
  }

  /** A batch is prepared. @returns what has changed in it. */
  take(): LifeChanges {
    const changes = this.#changed.map((place) => place.take())
    this.#changed = []
    // What is left out here was last used two batches ago, at least, and is kept with the checkpoint by now.
    if (this.#recent.size > REMEMBERED) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    return changes
  }
}

class PendingLife implements LifePlace {
  readonly key: string
  life: GoalLife | undefined
  readonly #changes: (place: PendingLife) => void
  #isChanged = false

  constructor(key: string, life: GoalLife | undefined, changes: (place: PendingLife) => void) {
    this.key = key
    this.life = life
    this.#changes = changes
  }

  set(life: GoalLife | undefined): void {
    if (life === this.life) return
    this.life = life
    if (this.#isChanged) return
    this.#isChanged = true
    this.#changes(this)
  }

  take(): LifeChanges[number] {
    this.#isChanged = false
    return [this.key, this.life === undefined ? null : JSON.stringify(this.life)]
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
