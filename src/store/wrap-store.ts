import { AsyncLocalStorage } from 'node:async_hooks'
import type { ChangeReader } from './goal-methods.ts'
import { type Recording, StoreCalls } from './store-calls.ts'
import { type Around, wrapMethods } from './wrap-methods.ts'

/** A call of a named method, and the one that it was made in. */
interface RunningCall {
  readonly store: object
  readonly outer: RunningCall | undefined
  running: boolean
}

const calls = new AsyncLocalStorage<RunningCall>()

/**
 * Wraps the named methods of a store. A named method that is called while another one runs, by that one or by what it calls,
 * is part of it: its change is counted once, as the outer one's.
 */
export function wrapStore<S extends object>(
  store: S,
  readers: ReadonlyMap<string, ChangeReader>,
  recording: Recording,
): S {
  const instrumented = new StoreCalls(recording)
  const arounds = [...readers].map(([name, reader]): [PropertyKey, Around] => [
    name,
    (call, args) => {
      const outer = runningCall()
      if (isWithin(store, outer)) return call()
      const own: RunningCall = { store, outer, running: true }
      const ended = () => {
        own.running = false
      }
      // V8 may end the method, as the `timeout` of node:vm does: then nothing below is reached, and this call remains the
      // context of the agent's function. A method that waits has returned its promise by the time a microtask runs.
      let returned = false
      queueMicrotask(() => {
        if (!returned) ended()
      })
      try {
        return calls.run(own, () => instrumented.run({ name, reader, args, method: call, ended }))
      } finally {
        returned = true
      }
    },
  ])
  return wrapMethods(store, new Map(arounds))
}

/** What a call has started, such as an agent's loop, outlives the call and is not part of it. */
function runningCall(): RunningCall | undefined {
  let call = calls.getStore()
  while (call && !call.running) call = call.outer
  return call
}

function isWithin(store: object, call: RunningCall | undefined): boolean {
  for (let at = call; at; at = at.outer) if (at.running && at.store === store) return true
  return false
}
