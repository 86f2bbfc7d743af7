import { clock } from '../base/clock.ts'
import type { BlockingExchange } from '../telemetry/blocking-exchange.ts'
import { HOST } from './exit-host-name.ts'
import type { ExitAnswer, ExitHost, ExitOrder, ExitRun, ExitTask } from './exit-messages.ts'

/** A timer that never fires, since the event loop no longer runs. */
const NEVER = { ref: () => NEVER, unref: () => NEVER, hasRef: () => false }
const TIMERS = { setTimeout: () => NEVER, setInterval: () => NEVER, clearTimeout() {}, clearInterval() {} }

/**
 * Sends at an exit in this thread, where all receivers can be reached by system calls alone. The script runs in a context of its
 * own, whose promises settle as soon as the script has run (https://nodejs.org/api/vm.html#when-to-use-microtaskmode-afterevaluate):
 * in the agent's, they would settle together with the agent's own, whose code after an `await` must not run after its exit.
 */
export class ExitContext implements ExitRun {
  readonly #source: string
  readonly #task: ExitTask
  readonly #exchange: BlockingExchange
  readonly #early: ExitOrder[] = []
  #take: ((order: ExitOrder) => void) | undefined

  constructor(source: string, task: ExitTask, exchange: BlockingExchange) {
    this.#source = source
    this.#task = task
    this.#exchange = exchange
  }

  post(order: ExitOrder): void {
    if (this.#take) this.#take(order)
    else this.#early.push(order)
  }

  run(answer: (said: ExitAnswer) => void): void {
    const onOrder: ExitHost['onOrder'] = (take) => {
      this.#take = take
      for (const order of this.#early.splice(0)) take(order)
    }
    const exchange = this.#exchange
    const host: ExitHost = { ...this.#task, send: exchange.send, isLate: () => exchange.isLate, answer, onOrder }
    const vm = loadedVm()
    const context = vm.createContext(vm.constants?.DONT_CONTEXTIFY ?? {}, { microtaskMode: 'afterEvaluate' })
    const { process, Buffer, URL, TextDecoder, TextEncoder, console } = globalThis
    const performance = { now: clock.now, timeOrigin: globalThis.performance?.timeOrigin }
    const globals = { process, Buffer, URL, TextDecoder, TextEncoder, performance, console, require: builtin }
    Object.assign(context, globals, TIMERS, { [HOST]: host })
    try {
      new vm.Script(this.#source).runInContext(context)
    } finally {
      exchange.close()
    }
  }
}

/** No start has to pay for it. */
const loadedVm = () => process.getBuiltinModule('node:vm')

/** All that the script requires are Node's own modules. */
function builtin(name: string): unknown {
  return process.getBuiltinModule(name)
}
