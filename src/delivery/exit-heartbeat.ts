import { workerData } from 'node:worker_threads'
import type { ExitAnswer, ExitStart } from './exit-messages.ts'

/** What this thread was started with. */
export const start = (workerData as { goaltrace: ExitStart }).goaltrace

/** Whatever ends this thread, it is not waited for any longer. */
process.on('exit', () => answer({ kind: 'done' }))
// Before all else that is to be loaded, it says that it runs.
beat()

export function answer(said: ExitAnswer): void {
  start.port.postMessage(said)
  beat()
}

/** Wakes the thread that waits for this one. */
function beat(): void {
  Atomics.add(start.beats, 0, 1)
  Atomics.notify(start.beats, 0)
}
