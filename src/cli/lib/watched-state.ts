import { existsSync, rmSync } from 'node:fs'
import { realPath } from '../../base/real-path.ts'
import { shellWord } from '../../base/shell-word.ts'
import { configurationFile } from '../../mapping/config-file.ts'
import { DrainLock } from '../../outbox/drain-lock.ts'
import { stateFile } from '../../outbox/outbox-file.ts'
import { Failure, UsageError } from './command.ts'
import { releaseEntries } from './glob-claims.ts'
import { configuredFolders, presetsOf } from './goal-folders.ts'
import { checkpointOf, type FileOutbox, findOutbox, hasOutbox, open, outboxAt } from './outbox-of-file.ts'
import { databasePlaces } from './preset-databases.ts'

/** Something that `goaltrace watch` follows, by what is kept of it in the state directory. */
export interface WatchedState {
  /** What the user calls it. */
  readonly name: string
  /** See OwnFile. */
  readonly key: string
}

/** Things that are watched together, and how the user names them. */
export interface WatchedStates {
  /** As an argument of `outbox` and `remove`. */
  readonly argument: string
  /** The command that goes on with them. */
  readonly watch: string
  readonly states: readonly WatchedState[]
}

/** A preset's files, those of the project in the working directory, and its databases. @throws {UsageError} where there is no such preset. */
export function statesOfPreset(preset: string): WatchedStates {
  const databases = databasePlaces([preset]).map(({ file }) => ({ name: file, key: file }))
  const states = [...presetsOf([preset]), ...databases].filter(isKept)
  return { argument: `--preset ${preset}`, watch: `watch --preset ${preset}`, states }
}

/** Of goaltrace.config.json, the `files` in it; undefined of any other file. @throws {Failure} where it is not valid. */
export function statesOfConfiguration(file: string): WatchedStates | undefined {
  const config = configurationFile()
  if (!existsSync(config) || !existsSync(file) || realPath(config) !== realPath(file)) return undefined
  return { argument: shellWord(file), watch: 'watch', states: configuredFolders().filter(isKept) }
}

/** What is kept of a database that was watched. */
export function stateOfDatabase(file: string): WatchedState | undefined {
  return [{ name: file, key: realPath(file) }].find(isKept)
}

/** The outbox in a database, or else that of what a watch has found in it. @throws {Failure} where there is neither. */
export function outboxOf(file: string): FileOutbox {
  const state = existsSync(file) && !hasOutbox(realPath(file), file) ? stateOfDatabase(file) : undefined
  return (state && outboxOfState(state)) ?? findOutbox(file)
}

/** @throws {UsageError} unless one of both is given. */
export function refuseBoth(command: string, files: readonly string[], preset: string | undefined): void {
  if (preset === undefined ? files.length === 1 && files[0] !== '' : files.length === 0) return
  throw new UsageError(
    `Give one file, an agent's database, or a preset: \`goaltrace ${command} goals.db\`, \`goaltrace ${command} --preset pi\`.`,
  )
}

/** What of it waits to be delivered; undefined where nothing was found yet. */
export function outboxOfState({ key }: WatchedState): FileOutbox | undefined {
  const path = realPath(stateFile(key, 'watch'))
  return hasOutbox(path, path) ? outboxAt(path) : undefined
}

/** How many of its changes are not delivered. */
export function waitingIn(state: WatchedState): number {
  const found = outboxOfState(state)
  return found ? found.outbox.waiting(checkpointOf(found).seq).count : 0
}

/** Removes all that is kept of it. @throws {Failure} where it is watched, or delivered, just now. */
export function forgetState(state: WatchedState): void {
  alone(state, (path) => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
    removeDelivery(path)
    rmSync(stateFile(`${state.key}#watch`, 'lock'), { force: true })
    releaseEntries(state.key)
  })
}

/** @throws {Failure} where it is watched, or delivered, just now. */
export function refuseWatched(state: WatchedState): void {
  alone(state, () => {})
}

/** @param use Called with goaltrace's own file for it, while no other process has that. */
function alone({ name, key }: WatchedState, use: (path: string) => void): void {
  const path = realPath(stateFile(key, 'watch'))
  const locks = [new DrainLock(`${key}#watch`, open), new DrainLock(path, open)]
  try {
    if (!locks.every((lock) => lock.tryAcquire())) {
      throw new Failure(`A goaltrace process watches ${name} or delivers it: end it and try again.`)
    }
    use(path)
  } finally {
    for (const lock of locks) lock.release()
  }
}

/** Removes how far a file's outbox was delivered, and what the receiver has refused of it. */
export function removeDelivery(path: string): void {
  for (const kind of ['checkpoint', 'goals', 'spans', 'dead-letters', 'ack', 'lock'] as const) {
    for (const suffix of ['', '-wal', '-shm', '-journal', '-next'])
      rmSync(stateFile(path, kind) + suffix, { force: true })
  }
}

function isKept({ key }: WatchedState): boolean {
  return existsSync(stateFile(key, 'watch'))
}
