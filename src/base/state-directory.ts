import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { reason } from './diagnose.ts'

const NEXT = 'name a directory that can be written by GOALTRACE_STATE_DIR'

/** The message says which directory, why, and which variable helps. */
export class StateDirectoryError extends Error {
  override readonly name = 'StateDirectoryError'
  /** Undefined where nothing names one. */
  readonly directory: string | undefined

  constructor(directory: string | undefined, cause: unknown) {
    const what =
      directory === undefined
        ? 'there is no home directory for state'
        : `the state directory ${directory} cannot be used`
    super(`${what} (${reason(cause)}): ${NEXT}`, { cause })
    this.directory = directory
  }
}

/** By directory: making one is tried once a process, as nothing of a process changes what it may write. */
const failed = new Map<string, StateDirectoryError>()

/**
 * Where goaltrace keeps what must outlive a process: GOALTRACE_STATE_DIR, else as XDG says.
 * @throws {StateDirectoryError} where it cannot be made or written.
 */
export function stateDirectory(env = process.env): string {
  const directory = named(env)
  const known = failed.get(directory)
  if (known) throw known
  try {
    // Asked first, because it is there but for once; trying to make one that is there takes ten times as long.
    if (!existsSync(directory)) makeDirectory(resolve(directory))
    accessSync(directory, constants.W_OK | constants.X_OK)
    return directory
  } catch (cause) {
    const fault = new StateDirectoryError(directory, cause)
    failed.set(directory, fault)
    throw fault
  }
}

/** Makes a directory with its parents. Node's own `recursive` tries for ever where a parent is there and takes no folders, as /proc. */
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

function named({ GOALTRACE_STATE_DIR: own, XDG_STATE_HOME: xdg }: NodeJS.ProcessEnv): string {
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
