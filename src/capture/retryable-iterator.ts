type Rows = IterableIterator<unknown>
type Step = () => IteratorResult<unknown>

/**
 * A statement's rows. All of the statement runs when the first row is asked for, so that is handed to `guard`, with another one
 * that starts the statement again after a fault of goaltrace's.
 */
export class RetryableIterator implements Rows {
  #rows: Rows
  readonly #start: () => Rows
  #guard: ((step: Step, again: Step) => IteratorResult<unknown>) | undefined

  constructor(rows: Rows, start: () => Rows, guard: (step: Step, again: Step) => IteratorResult<unknown>) {
    this.#rows = rows
    this.#start = start
    this.#guard = guard
  }

  next(): IteratorResult<unknown> {
    const guard = this.#guard
    if (guard === undefined) return this.#rows.next()
    this.#guard = undefined
    return guard(
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
      // A failed statement of node:sqlite stays open, and while it does no trigger can be dropped.
      this.#rows.return?.()
      throw error
    }
  }

  [Symbol.iterator](): Rows {
    return this
  }
}

// The drivers' iterators have the methods of every iterator, as `map`, where Node has them.
Object.setPrototypeOf(RetryableIterator.prototype, Object.getPrototypeOf(Object.getPrototypeOf([].values())))
