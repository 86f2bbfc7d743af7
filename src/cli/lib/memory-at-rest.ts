import process from 'node:process'

/** Milliseconds between two looks at what the process does. */
const LOOK_MS = 2000
/** Milliseconds of processor time between two looks, at most, of a process at rest: one percent of a core. */
const REST_MS = 20
/** Milliseconds of processor time after which there may be garbage that is worth a collection, which takes 50. */
const WORTH_MS = 200

/**
 * Has garbage collected each time the process comes to rest, and gives the memory back: V8 collects only while there are new
 * objects, so that what a start or a burst has left would stay for as long as nothing happens. Only where Node was started with
 * `--expose-gc`.
 */
export function collectAtRest(): void {
  const { gc } = globalThis
  if (gc === undefined) return
  let seen = 0
  // A start always leaves some.
  let collected = Number.NEGATIVE_INFINITY
  const look = () => {
    const used = usedMs()
    const isAtRest = used - seen < REST_MS
    seen = used
    if (!isAtRest || used - collected < WORTH_MS) return
    // Code that no longer runs goes, too.
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    collected = seen = usedMs()
  }
  setInterval(look, LOOK_MS).unref()
}

/** Milliseconds of processor time that the process has taken so far. */
function usedMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
