/**
 * Marks our listener for another copy of goaltrace, such as one that `require` loads beside `import`: else each would
 * move behind the other for ever.
 */
const OURS = Symbol.for('goaltrace exit listener')

/**
 * Runs this at the process's end, after the agent's own `exit` handlers, which may still change goals: whenever one is
 * added, ours moves behind it, once the agent's step is over, or as soon as it ends the process in that very step.
 */
export function onExit(run: () => void): void {
  let move: (() => void) | undefined
  let unwatch: (() => boolean) | undefined
  Object.assign(run, { [OURS]: true })
  withRoomForOne(() => process.on('exit', run))
  process.on('newListener', (event, listener) => {
    if (event !== 'exit' || move !== undefined || OURS in listener) return
    // goaltrace's listener must not cause a warning about the agent's ten.
    const restore = makeRoomForOne()
    move = () => {
      move = undefined
      process.removeListener('exit', run)
      process.on('exit', run)
      restore()
    }
    unwatch ??= watchExit(() => move?.())
    queueMicrotask(() => {
      move?.()
      if (unwatch?.()) unwatch = undefined
    })
  })
}

type Emit = (this: NodeJS.Process, event: string | symbol, ...args: unknown[]) => boolean

/**
 * Calls this before Node calls the listeners of `exit`. It copies their list first, so only `process.emit` itself is early enough.
 * @returns a function that undoes it, unless other code has wrapped it since, for which it still works as the one before.
 */
function watchExit(beforeExit: () => void): () => boolean {
  const isOwn = Object.hasOwn(process, 'emit')
  const emit = process.emit as Emit
  const watching: Emit = function (event, ...args) {
    if (event === 'exit') beforeExit()
    return emit.call(this, event, ...args)
  }
  Object.assign(process, { emit: watching })
  return () => {
    if ((process.emit as Emit) !== watching) return false
    if (isOwn) Object.assign(process, { emit })
    else Reflect.deleteProperty(process, 'emit')
    return true
  }
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
