import { workerData } from 'node:worker_threads'
import type { ExitAnswer, ExitStart } from './exit-messages.ts'

/** What this thread was started with. */
export const start = (workerData as { goaltrace: ExitStart }).goaltrace

/** However this thread ends, the other one stops waiting for it. */
process.on('exit', () => answer({ kind: 'done' }))
// The first sign of life comes before anything else is loaded.
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
