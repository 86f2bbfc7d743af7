import { clock } from '../base/clock.ts'
import { proxyVariables } from '../telemetry/env-proxy.ts'
import type { ExitThreadTask } from './exit-host.ts'
import type { ExitAnswer, ExitOrder, ExitRun, ExitTask } from './exit-messages.ts'

/**
 * A thread that has not started by this part of the limit never will: its error could only be seen by an event loop,
 * which no longer runs.
 */
const START_PART = 0.5

/** Loaded when a thread is started: 2 ms that no start has to pay. */
const threads = () => process.getBuiltinModule('node:worker_threads')

/**
 * Compiled once: Node compiles the text of `eval` twice, which costs a tenth of the time until the events are
 * delivered.
 */
const RUN_SCRIPT = `new (require('node:vm').Script)(require('node:worker_threads').workerData.script).runInThisContext()`

/**
 * Sends at an exit in a thread, where that takes an event loop, as TLS does: this thread's does not run any more, but a thread does,
 * while this one waits for it. The script has all that it needs in it, and no SQLite, so that it runs wherever the agent does.
 */
export class ExitThread implements ExitRun {
  readonly #port
  readonly #beats = new Int32Array(new SharedArrayBuffer(4))
  readonly #deadline: number
  readonly #startsBefore: number
  #read = 0

  /**
   * @param deadline In the time of `performance.now()`: when to stop waiting.
   * @throws if Node cannot start a thread.
   */
  constructor(source: string, task: ExitTask, deadline: number) {
    const { MessageChannel, Worker } = threads()
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#deadline = deadline
    const now = clock.now()
    this.#startsBefore = now + START_PART * (deadline - now)
    const beats = this.#beats
    const goaltrace: ExitThreadTask = { ...task, port: port2, beats }
    const worker = new Worker(RUN_SCRIPT, {
      eval: true,
      workerData: { goaltrace, script: source },
      transferList: [port2],
      env: environment(deadline - clock.now()),
      execArgv: [],
      stdout: true,
      stderr: true,
      trackUnmanagedFds: false,
    })
    // A fault in it must not reach the agent.
    worker.on('error', () => {})
    worker.unref()
  }

  post(order: ExitOrder): void {
    this.#port.postMessage(order)
  }

  run(take: (answer: ExitAnswer) => void): void {
    do {
      this.#read = Atomics.load(this.#beats, 0)
      if (this.#isDone(take)) return
    } while (this.#waits())
    this.#isDone(take)
  }

  #isDone(take: (answer: ExitAnswer) => void): boolean {
    const { receiveMessageOnPort } = threads()
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port)) {
      const answer = next.message as ExitAnswer
      if (answer.kind === 'done') return true
      take(answer)
    }
    return false
  }

  /** @returns whether the thread reported in time. */
  #waits(): boolean {
    const until = this.#read > 0 ? this.#deadline : Math.min(this.#deadline, this.#startsBefore)
    const left = until - clock.now()
    return left > 0 && Atomics.wait(this.#beats, 0, this.#read, left) !== 'timed-out'
  }
}

/** The process's own options do not apply to this thread, and it does not retry a failed request. */
function environment(limitMs: number): NodeJS.ProcessEnv {
  const {
    NODE_OPTIONS: _,
    OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: _logs,
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: _traces,
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: _metrics,
    ...env
  } = process.env
  return { ...env, ...proxyVariables(), OTEL_EXPORTER_OTLP_TIMEOUT: String(Math.ceil(limitMs)) }
}
