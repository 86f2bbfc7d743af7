import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { reason } from './diagnose.ts'

const NEXT = 'set GOALTRACE_STATE_DIR to a writable directory'

/** The message says which directory, why, and which variable helps. */
export class StateDirectoryError extends Error {
  override readonly name = 'StateDirectoryError'
  /** Undefined where nothing names one. */
  readonly directory: string | undefined

  constructor(directory: string | undefined, cause: unknown) {
    const what =
      directory === undefined
        ? 'there is no home directory to keep state in'
        : `the state directory ${directory} cannot be used`
    super(`${what} (${reason(cause)}): ${NEXT}`, { cause })
    this.directory = directory
  }
}

/** By directory: creation is tried once per process, since what a process may write does not change. */
const failed = new Map<string, StateDirectoryError>()

/**
 * Where goaltrace keeps what must outlive a process: GOALTRACE_STATE_DIR, else as XDG says.
 * @throws {StateDirectoryError} where it cannot be made or written.
 */
export function stateDirectory(env = process.env): string {
  const directory = stateDirectoryPath(env)
  const known = failed.get(directory)
  if (known) throw known
  try {
    // Checked first, because it nearly always exists; creating one that exists takes ten times as long.
    if (!existsSync(directory)) makeDirectory(resolve(directory))
    accessSync(directory, constants.W_OK | constants.X_OK)
    return directory
  } catch (cause) {
    const fault = new StateDirectoryError(directory, cause)
    failed.set(directory, fault)
    throw fault
  }
}

/**
 * Makes a directory with its parents. Node's own `recursive` loops forever where a parent exists but accepts no
 * folders, as /proc does.
 */
export function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || existsSync(dirname(directory))) throw error
    makeDirectory(dirname(directory))
    mkdirSync(directory, { mode: 0o700 })
  }
}

/** The same, whether it is there or not. @throws {StateDirectoryError} where nothing names one. */
export function stateDirectoryPath({ GOALTRACE_STATE_DIR: own, XDG_STATE_HOME: xdg } = process.env): string {
  if (own) return own
  return join(xdg || join(home(), '.local', 'state'), 'goaltrace')
}

function home(): string {
  try {
    return homedir()
  } catch (error) {
    // A user without HOME and without an entry in the system's list of users.
    throw new StateDirectoryError(undefined, error)
  }
}
