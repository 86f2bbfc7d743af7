import { differInLatestOnly, type OpenGoal, type OpenGoalSlot, type OpenGoals } from '../event/open-goal.ts'
import type { OpenGoalChanges } from '../outbox/checkpoint-store.ts'

/** Open goals that stay in memory, at least. */
const REMEMBERED = 4096

/** The open goals as they are after the batches that were prepared, of which the last two may not be delivered yet. */
export class PendingOpenGoals implements OpenGoals {
  #openGoalOf: (key: string) => string | undefined = () => undefined
  #recent = new Map<string, PendingOpenGoal>()
  #older = new Map<string, PendingOpenGoal>()
  #changed: PendingOpenGoal[] = []

  /** What was prepared and not delivered is forgotten, and comes again. */
  start(openGoalOf: (key: string) => string | undefined): void {
    this.#openGoalOf = openGoalOf
    this.#recent = new Map()
    this.#older = new Map()
    this.#changed = []
  }

  slotOf(key: string): OpenGoalSlot {
    const known = this.#recent.get(key)
    if (known) return known
    const slot =
      this.#older.get(key) ??
      new PendingOpenGoal(key, parsed(this.#openGoalOf(key)), (changed) => this.#changed.push(changed))
    this.#recent.set(key, slot)
    return slot
  }

  /** A batch is prepared. @returns what has changed in it. */
  take(): OpenGoalChanges {
    const changes = this.#changed.map((slot) => slot.take())
    this.#changed = []
    // What is dropped here was last used at least two batches ago, so the checkpoint has it by now.
    if (this.#recent.size > REMEMBERED) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    return changes
  }
}

class PendingOpenGoal implements OpenGoalSlot {
  readonly key: string
  open: OpenGoal | undefined
  readonly #changes: (slot: PendingOpenGoal) => void
  #isChanged = false
  /** What was put into text last, and its text up to what most changes replace. */
  #written: OpenGoal | undefined
  #head = ''

  constructor(key: string, open: OpenGoal | undefined, changes: (slot: PendingOpenGoal) => void) {
    this.key = key
    this.open = open
    this.#changes = changes
  }

  set(open: OpenGoal | undefined): void {
    if (open === this.open) return
    this.open = open
    if (this.#isChanged) return
    this.#isChanged = true
    this.#changes(this)
  }

  take(): OpenGoalChanges[number] {
    this.#isChanged = false
    return [this.key, this.open === undefined ? null : this.#textOf(this.open)]
  }

  /** As JSON. All of it anew at each change would be a tenth of a drain. */
  #textOf(open: OpenGoal): string {
    if (this.#written === undefined || !differInLatestOnly(open, this.#written)) {
      this.#head = JSON.stringify({ ...open, latest: undefined }).slice(0, -1)
    }
    this.#written = open
    return open.latest === undefined ? `${this.#head}}` : `${this.#head},"latest":${JSON.stringify(open.latest)}}`
  }
}

function parsed(text: string | undefined): OpenGoal | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as OpenGoal
  } catch {
    // Damaged: the goal counts as not seen yet.
    return undefined
  }
}
