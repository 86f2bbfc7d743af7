import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { clock } from '../base/clock.ts'
import { proxyVariables } from '../telemetry/env-proxy.ts'
import { processInstance } from '../telemetry/instance.ts'
import { knownAddresses } from '../telemetry/name-lookup.ts'
import type { ExitAnswer, ExitOrder, ExitOutbox, ExitStart } from './exit-messages.ts'

/** A thread that has given no sign of life by this part of the limit cannot start: its error would reach an event loop only. */
const LIFE_PART = 0.5

/** Node compiles what it is to evaluate twice, and this once: a tenth of the time until the events are delivered. */
export const RUN_SCRIPT = `new (require('node:vm').Script)(require('node:worker_threads').workerData.script).runInThisContext()`

/**
 * The thread that sends at an exit: nothing of this one's event loop runs any more, but a thread does, while this one waits
 * for it. Its script has all that it needs in it, and no SQLite, so that it runs wherever the agent does.
 */
export class ExitThread {
  readonly #port
  readonly #beats = new Int32Array(new SharedArrayBuffer(4))
  readonly #deadline: number
  readonly #livesBefore: number
  #read = 0

  /**
   * @param deadline Of `performance.now()`: how long is waited at most.
   * @throws where Node starts no thread.
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

  /** Waits for answers; none at all where it is too late. */
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

  /** @returns whether there was a sign in time. */
  #waits(): boolean {
    const until = this.#read > 0 ? this.#deadline : Math.min(this.#deadline, this.#livesBefore)
    const left = until - clock.now()
    return left > 0 && Atomics.wait(this.#beats, 0, this.#read, left) !== 'timed-out'
  }
}

/** What the process was started with is not for this thread, and a request that fails is not tried again in it. */
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
