import { type MessagePort, workerData } from 'node:worker_threads'
import { HOST } from './exit-host-name.ts'
import type { ExitHost, ExitTask } from './exit-messages.ts'

/** What exit-thread.ts starts its thread with. */
export interface ExitThreadTask extends ExitTask {
  readonly port: MessagePort
  /** Its first number grows with each heartbeat and each answer, which wakes the thread that waits. */
  readonly beats: Int32Array
}

export const host: ExitHost =
  (globalThis as { [HOST]?: ExitHost })[HOST] ?? hostOfThread((workerData as { goaltrace: ExitThreadTask }).goaltrace)

function hostOfThread({ port, beats, ...task }: ExitThreadTask): ExitHost {
  const beat = () => {
    Atomics.add(beats, 0, 1)
    Atomics.notify(beats, 0)
  }
  const answer: ExitHost['answer'] = (said) => {
    port.postMessage(said)
    beat()
  }
  // However this thread ends, it is not waited for any longer.
  process.on('exit', () => answer({ kind: 'done' }))
  // Says that this thread runs, before anything else is loaded.
  beat()
  return {
    ...task,
    send: undefined,
    isLate: () => false,
    answer,
    // Keeps this thread alive, other than the exporters.
    onOrder: (take) => void port.on('message', take),
  }
}
