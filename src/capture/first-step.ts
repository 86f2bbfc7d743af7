type Rows = IterableIterator<unknown>
type Step = () => IteratorResult<unknown>

/** A statement's rows, of which the first step, the one that writes, is taken by somebody who can take it again. */
export class FirstStep implements Rows {
  #rows: Rows
  readonly #start: () => Rows
  #take: ((step: Step, again: Step) => IteratorResult<unknown>) | undefined

  constructor(rows: Rows, start: () => Rows, take: (step: Step, again: Step) => IteratorResult<unknown>) {
    this.#rows = rows
    this.#start = start
    this.#take = take
  }

  next(): IteratorResult<unknown> {
    const take = this.#take
    if (take === undefined) return this.#rows.next()
    this.#take = undefined
    return take(
      () => this.#step(),
      () => {
        this.#rows = this.#start()
        return this.#step()
      },
    )
  }

  return(): IteratorResult<unknown> {
    return this.#rows.return?.() ?? { done: true, value: undefined }
  }

  #step(): IteratorResult<unknown> {
    try {
      return this.#rows.next()
    } catch (error) {
      // A failed statement of node:sqlite stays open, and with it what no trigger can be dropped under.
      this.#rows.return?.()
      throw error
    }
  }

  [Symbol.iterator](): Rows {
    return this
  }
}

// What drivers give has the methods of every iterator, as `map`, where Node has them.
Object.setPrototypeOf(FirstStep.prototype, Object.getPrototypeOf(Object.getPrototypeOf([].values())))
