import { workerData } from 'node:worker_threads'
import type { ExitAnswer, ExitStart } from './exit-messages.ts'

/** What this thread was started with. */
export const start = (workerData as { goaltrace: ExitStart }).goaltrace

/** Whatever ends this thread, it is not waited for any longer. */
process.on('exit', () => answer({ kind: 'done' }))
// Before all else that is to be loaded, it says that it runs.
sign()

export function answer(said: ExitAnswer): void {
  start.port.postMessage(said)
  sign()
}

/** Wakes the thread that waits for this one. */
function sign(): void {
  Atomics.add(start.signs, 0, 1)
  Atomics.notify(start.signs, 0)
}
