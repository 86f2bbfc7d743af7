import { existsSync } from 'node:fs'
import { reason } from '../../base/diagnose.ts'
import { realPath } from '../../base/real-path.ts'
import type { Relay } from '../../delivery/relay.ts'
import { relayOf } from '../../delivery/relays.ts'
import type { GoalChange } from '../../event/goal-change.ts'
import type { GoalTable } from '../../mapping/goal-table.ts'
import type { RelayHandle } from '../../outbox/relay-handle.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { openByAny } from '../../sqlite/drivers.ts'
import { UnreadableDatabaseError } from '../../sqlite/wal/database-header.ts'
import type { GoalSink } from '../../watch/goal-sink.ts'
import { Wake } from '../../watch/wake.ts'
import { WatchedGoals, type WatchOptions } from '../../watch/watched-goals.ts'
import { Failure } from './command.ts'
import { OwnFile } from './own-file.ts'

export interface WatchSettings {
  readonly tables: readonly GoalTable[]
  readonly captureObjective: boolean
  readonly maxOutboxRows: number | undefined
  readonly say: (sentence: string) => void
  readonly found: (file: string, change: GoalChange) => void
  /** What takes the changes that are found in a file, given goaltrace's own file for it. */
  readonly sinkOf: (own: Connection, relay: RelayHandle) => GoalSink
}

/** Milliseconds of steps before the process does something else. */
const LONGEST_LOOK = 50

/** One database that `goaltrace watch` follows, and where its events wait. */
export class WatchedFile {
  readonly file: string
  readonly relay: Relay
  readonly #options: WatchOptions
  readonly #own: OwnFile
  #goals: WatchedGoals
  readonly #say: (sentence: string) => void
  #wake: Wake | undefined
  #fault = ''

  /** @throws {Failure} where there is no such file, it cannot be read, or another process watches it. */
  constructor(file: string, settings: WatchSettings) {
    if (!existsSync(file))
      throw new Failure(`There is no file ${file}: name the database in which an agent keeps its goals.`)
    this.file = file
    this.#say = (sentence) => settings.say(`${file}: ${sentence}`)
    const path = realPath(file)
    this.#own = new OwnFile(path, file)
    const own = this.#own.connection
    const { tables, captureObjective, maxOutboxRows, found, sinkOf } = settings
    this.relay = relayOf(own, { maxOutboxRows, defaultToLocalhost: true })
    this.#options = {
      ...{ file: path, tables, captureObjective, own, open: openByAny(), sink: sinkOf(own, this.relay) },
      say: this.#say,
      found: (change) => found(file, change),
    }
    this.#goals = new WatchedGoals(this.#options)
    this.#first()
  }

  /** The mapped tables that it has. */
  get tables(): string[] {
    return this.#goals.tables
  }

  /** Changes that are not delivered yet. */
  get pending(): number {
    return this.#own.pending
  }

  /** Follows these tables from now on. Those that are there were made since the watching began. */
  follow(tables: readonly GoalTable[]): void {
    this.#goals.close()
    this.#goals = new WatchedGoals({ ...this.#options, tables, isNew: true })
    this.#look()
  }

  start(): void {
    this.#wake = new Wake(realPath(this.file), () => this.#look())
  }

  /** Takes what has happened up to now, and ends. */
  stop(): void {
    this.#wake?.close()
    while (this.#look()) {}
    this.#goals.close()
    this.#own.release()
  }

  #first(): void {
    try {
      while (this.#goals.step()) {}
    } catch (error) {
      this.#goals.close()
      this.#own.release()
      const what = error instanceof UnreadableDatabaseError ? error.message : `cannot be read (${reason(error)})`
      throw new Failure(`${this.file} ${what}: name an agent's SQLite database.`)
    }
  }

  /** @returns whether there was something. */
  #look(): boolean {
    const until = performance.now() + LONGEST_LOOK
    try {
      let found = false
      while (this.#goals.step()) {
        found = true
        if (performance.now() > until) break
      }
      this.#fault = ''
      return found
    } catch (error) {
      const fault = reason(error)
      if (fault !== this.#fault) this.#say(`it cannot be read just now, and is tried again: ${fault}`)
      this.#fault = fault
      return false
    }
  }
}
