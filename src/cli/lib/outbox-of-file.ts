import { existsSync } from 'node:fs'
import process from 'node:process'
import { isDisabled } from '../../base/environment.ts'
import { realPath } from '../../base/real-path.ts'
import type { Checkpoint } from '../../outbox/checkpoint.ts'
import { CheckpointFile } from '../../outbox/checkpoint-file.ts'
import type { DeadLetter } from '../../outbox/checkpoint-store.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { outboxOfFile } from '../../outbox/outbox-file.ts'
import { OUTBOX } from '../../outbox/outbox-table.ts'
import { openByAny } from '../../sqlite/drivers.ts'
import type { OpenDatabase } from '../../sqlite/open-database.ts'
import { Failure } from './command.ts'
import { whatToDo } from './encrypted.ts'

let opener: OpenDatabase | undefined

/** By any driver that is installed, loaded with the first file: the help of a command needs none. */
export const open = class {
  constructor(file: string, options: ConstructorParameters<OpenDatabase>[1]) {
    opener ??= openByAny()
    // biome-ignore lint/correctness/noConstructorReturn: the connection itself is wanted
    return new opener(file, options)
  }
} as unknown as OpenDatabase

/** Milliseconds to wait for the agent, which locks its database for the length of a commit. */
const TIMEOUT = 2000

/**
 * Leaves a file exactly as it is. With a write-ahead log beside it, a writable connection would checkpoint the log, so it is
 * opened read-only; without a log, a read-only connection would leave an empty one behind.
 */
export const openUntouched = class {
  constructor(file: string, options: ConstructorParameters<OpenDatabase>[1]) {
    // biome-ignore lint/correctness/noConstructorReturn: the connection itself is wanted
    return new open(file, { ...options, readonly: existsSync(`${file}-wal`), timeout: TIMEOUT })
  }
} as unknown as OpenDatabase

export interface FileOutbox {
  readonly path: string
  readonly outbox: Outbox
}

/** @throws {Failure} if there is no such file, or no outbox in it. */
export function findOutbox(file: string): FileOutbox {
  if (!existsSync(file))
    throw new Failure(`There is no file ${file}: name the database in which an agent keeps its goals.`)
  const path = realPath(file)
  if (!hasOutbox(path, file)) {
    const next = 'start its agent by `goaltrace run`'
    throw new Failure(
      `${file} has no outbox, because no goal has changed in it under goaltrace: ${isDisabled(process.env) ? `OTEL_SDK_DISABLED is true, so nothing is observed; unset it, and ${next}` : next}.`,
    )
  }
  return outboxAt(path)
}

export function outboxAt(path: string): FileOutbox {
  return { path, outbox: outboxOfFile(path, openUntouched) }
}

/** How far it has been delivered. */
export function checkpointOf({ path, outbox }: FileOutbox): Checkpoint {
  return outbox.standing(new CheckpointFile(path, open).read())
}

/** What the receiver has refused for good, and rows that could not be read. */
export function deadLettersOf({ path }: FileOutbox): DeadLetter[] {
  return new CheckpointFile(path, open).deadLetters()
}

/** How many changes of goals were committed in a file, ever; 0 where there is no outbox. */
export function committedChanges(path: string): number {
  // The last row always stays, and each has the number after the one before.
  return outboxOfFile(path, openUntouched).ends()?.last ?? 0
}

/** @param file The path as the user has given it. @throws {Failure} where it cannot be read. */
export function hasOutbox(path: string, file: string): boolean {
  try {
    const database = new openUntouched(path, { fileMustExist: true, timeout: TIMEOUT })
    try {
      return database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = '${OUTBOX}'`).get() !== undefined
    } finally {
      database.close()
    }
  } catch (error) {
    const advice = whatToDo(error, "Name an agent's SQLite database")
    throw new Failure(`${file} cannot be read: ${(error as Error).message}. ${advice}.`)
  }
}
