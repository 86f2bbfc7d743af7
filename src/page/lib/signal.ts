import { useEffect, useState } from 'preact/hooks'

/** A value that components look at. */
export class Signal<T> {
  #value: T
  readonly #listeners = new Set<(value: T) => void>()

  constructor(value: T) {
    this.#value = value
  }

  get(): T {
    return this.#value
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of this.#listeners) listener(value)
  }

  listen(listener: (value: T) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export function useSignal<T>(signal: Signal<T>): T {
  const [value, setValue] = useState(signal.get())
  useEffect(() => {
    // It may have changed between rendering and now.
    setValue(() => signal.get())
    return signal.listen((next) => setValue(() => next))
  }, [signal])
  return value
}
