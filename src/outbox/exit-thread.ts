import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { processInstance } from '../telemetry/instance.ts'
import { knownAddresses } from '../telemetry/name-lookup.ts'
import { type ExitAnswer, type ExitData, type ExitMessage, WORDS } from './exit-messages.ts'
import { EXIT_WORKER } from './exit-worker-source.ts'

/**
 * A thread that sends for one that exits: in an exit handler no promise settles any more, but this one can wait for
 * another. It gets rows and has no SQLite of its own, so that it does not matter how the agent opens its files.
 */
export class ExitThread {
  readonly #port: MessagePort
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * Object.keys(WORDS).length))
  readonly #deadline: number

  /**
   * @param limitMs For all that the thread is waited for, its start included.
   * @throws {Error} where a thread cannot be made.
   */
  constructor(limitMs: number) {
    this.#deadline = performance.now() + limitMs
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const addresses = knownAddresses()
    const goaltrace: ExitData = { port: port2, words: this.#words, instance: processInstance(), addresses }
    const worker = new Worker(EXIT_WORKER, {
      eval: true,
      workerData: { goaltrace },
      transferList: [port2],
      env: environment(limitMs),
      // What the process was started with is not for this thread.
      execArgv: [],
      stdout: true,
      stderr: true,
    })
    worker.unref()
    port1.unref()
  }

  post(message: ExitMessage): void {
    this.#port.postMessage(message)
  }

  /** Waits until a batch has arrived. @returns false where it has not in time, or will not. */
  taken(batch: number): boolean {
    return this.#wait(() => Atomics.load(this.#words, WORDS.taken) >= batch)
  }

  /** Waits until metrics and spans are sent, too. */
  done(): void {
    this.#wait(() => Atomics.load(this.#words, WORDS.done) === 1)
  }

  /** What has come back since it was asked last. */
  answers(): ExitAnswer[] {
    const answers: ExitAnswer[] = []
    for (let got = receiveMessageOnPort(this.#port); got; got = receiveMessageOnPort(this.#port)) {
      answers.push(got.message)
    }
    return answers
  }

  #wait(until: () => boolean): boolean {
    for (;;) {
      // Read first, so that what is said between the questions and the wait is not slept through.
      const signal = Atomics.load(this.#words, WORDS.signal)
      if (until()) return true
      if (Atomics.load(this.#words, WORDS.failed) === 1) return false
      const left = this.#deadline - performance.now()
      if (left <= 0) return false
      Atomics.wait(this.#words, WORDS.signal, signal, left)
    }
  }
}

/** A request that fails is not tried again for longer than it is waited for. */
function environment(limitMs: number): NodeJS.ProcessEnv {
  const {
    NODE_OPTIONS: _,
    OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: _logs,
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: _traces,
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: _metrics,
    ...env
  } = process.env
  return { ...env, OTEL_EXPORTER_OTLP_TIMEOUT: String(limitMs) }
}
