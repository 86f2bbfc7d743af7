import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { clock } from '../base/clock.ts'
import { proxyVariables } from '../telemetry/env-proxy.ts'
import { processInstance } from '../telemetry/instance.ts'
import { knownAddresses } from '../telemetry/name-lookup.ts'
import type { ExitAnswer, ExitOrder, ExitOutbox, ExitStart } from './exit-messages.ts'

/**
 * A thread that has not started by this part of the limit never will: its error could only be seen by an event loop,
 * which no longer runs.
 */
const LIFE_PART = 0.5

/**
 * Compiled once: Node compiles the text of `eval` twice, which costs a tenth of the time until the events are
 * delivered.
 */
export const RUN_SCRIPT = `new (require('node:vm').Script)(require('node:worker_threads').workerData.script).runInThisContext()`

/**
 * The thread that sends at an exit. This thread's event loop no longer runs, but another thread can work while this one waits
 * for it. Its script is complete and needs no SQLite, so that it runs wherever the agent does.
 */
export class ExitThread {
  readonly #port
  readonly #beats = new Int32Array(new SharedArrayBuffer(4))
  readonly #deadline: number
  readonly #livesBefore: number
  #read = 0

  /**
   * @param deadline In the time of `performance.now()`: when to stop waiting.
   * @throws if Node cannot start a thread.
   */
  constructor(source: string, outboxes: readonly ExitOutbox[], deadline: number) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#deadline = deadline
    const now = clock.now()
    this.#livesBefore = now + LIFE_PART * (deadline - now)
    const beats = this.#beats
    const goaltrace: ExitStart = {
      port: port2,
      beats,
      outboxes,
      instance: processInstance(),
      addresses: knownAddresses(),
    }
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

  /** Waits for answers; returns none once the deadline has passed. */
  *answers(): Generator<ExitAnswer> {
    do {
      this.#read = Atomics.load(this.#beats, 0)
      yield* this.#received()
    } while (this.#waits())
    yield* this.#received()
  }

  *#received(): Generator<ExitAnswer> {
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port)) {
      yield next.message as ExitAnswer
    }
  }

  /** @returns whether the thread reported in time. */
  #waits(): boolean {
    const until = this.#read > 0 ? this.#deadline : Math.min(this.#deadline, this.#livesBefore)
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
