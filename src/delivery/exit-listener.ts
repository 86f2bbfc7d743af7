/**
 * Marks our listener for another copy of goaltrace, such as one that `require` loads beside `import`: else each would
 * move behind the other for ever.
 */
const OURS = Symbol.for('goaltrace exit listener')

/**
 * Runs this at the process's end, after the agent's own `exit` handlers, which may still change goals: whenever one is
 * added, ours moves behind it, once the agent's step is over.
 */
export function onExit(run: () => void): void {
  let moving = false
  Object.assign(run, { [OURS]: true })
  withRoomForOne(() => process.on('exit', run))
  process.on('newListener', (event, listener) => {
    if (event !== 'exit' || moving || OURS in listener) return
    moving = true
    // goaltrace's listener must not cause a warning about the agent's ten.
    const restore = makeRoomForOne()
    queueMicrotask(() => {
      process.removeListener('exit', run)
      process.on('exit', run)
      restore()
      moving = false
    })
  })
}

function withRoomForOne(add: () => void): void {
  const restore = makeRoomForOne()
  add()
  restore()
}

/** @returns a function that undoes it. */
function makeRoomForOne(): () => void {
  const own = process as { _maxListeners?: number | undefined }
  const { _maxListeners: before } = own
  const limit = process.getMaxListeners()
  if (limit === 0) return () => {}
  process.setMaxListeners(limit + 1)
  return () => {
    // Unless the agent has set another one since.
    if (process.getMaxListeners() === limit + 1) own._maxListeners = before
  }
}
