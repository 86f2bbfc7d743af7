/** Whether rows are pending in a file, looked up once for each connection. */
interface Looking {
  /** @returns whether there is nothing more to look for. */
  lookForPending(): boolean
}

/** Milliseconds: after the agent has opened its database and run its first statements, and again while one is in a transaction. */
const SOON = 100

const toLook = new Set<Looking>()
let scheduled = false

/**
 * An earlier process may have left pending rows in the file, and this one may never write to it, so that nothing else
 * would deliver them.
 */
export function lookSoon(observation: Looking): void {
  toLook.add(observation)
  schedule()
}

/** Looks now, in a process that may end before the timer fires. */
export function lookNow(): void {
  for (const observation of toLook) if (observation.lookForPending()) toLook.delete(observation)
}

function schedule(): void {
  if (scheduled || toLook.size === 0) return
  setTimeout(() => {
    scheduled = false
    lookNow()
    schedule()
  }, SOON).unref()
  // Set last, since V8 may end this before there is a timer: see capture/unfinished.ts.
  scheduled = true
}
