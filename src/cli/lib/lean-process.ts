import process from 'node:process'

const NEW_OBJECTS = '--max-semi-space-size'
/** For collectAtRest(). */
const COLLECTS = '--expose-gc'

/**
 * For a process that mostly waits. What reads files is as fast without V8's optimizing compilers, which are 12 MB once they have
 * run; what reads a database's pages takes twice the time.
 */
export const WAITS: readonly string[] = [`${NEW_OBJECTS}=1`, COLLECTS, ...unoptimized()]
/** For one that is busy at times: 8 MB take events a tenth faster than 4 do, in no more memory; without a limit it is 100 MB. */
export const WORKS: readonly string[] = [`${NEW_OBJECTS}=8`, COLLECTS]

/**
 * Replaces this process by a Node with options that save memory and that V8 reads only at its start. The process id and the open
 * files stay the same. Does nothing where Node has no `execve`, or where the user has set the size of the young generation.
 */
export function becomeLean(options: readonly string[]): void {
  const isTold = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) => option.includes(NEW_OBJECTS))
  if (isTold || process.platform === 'win32' || typeof process.execve !== 'function') return
  const args = [process.execPath, ...process.execArgv, ...options, ...process.argv.slice(1)]
  process.execve(process.execPath, args, process.env)
}

/** Where V8 has both compilers: it may refuse to start with an option that it does not know. */
function unoptimized(): string[] {
  return ['x64', 'arm64'].includes(process.arch) ? ['--no-opt', '--no-maglev'] : []
}
