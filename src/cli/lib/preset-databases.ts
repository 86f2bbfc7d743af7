import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { reason } from '../../base/diagnose.ts'
import type { PresetDatabase } from '../../files/presets/preset-database.ts'
import { PRESETS } from '../../files/presets.ts'
import { expandGlob, variablesOf } from '../../mapping/glob.ts'
import type { RelayHandle } from '../../outbox/relay-handle.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { DATABASE_HEADER_BYTES, parseDatabaseHeader } from '../../sqlite/wal/database-header.ts'
import type { GoalSink } from '../../watch/goal-sink.ts'
import { PlaceStore } from '../../watch/place-store.ts'
import { Failure } from './command.ts'
import { OwnFile } from './own-file.ts'
import { WatchedFile, type WatchSettings } from './watched-file.ts'

/** A place where a preset's agent may keep a database of goals. */
export interface DatabasePlace extends PresetDatabase {
  readonly preset: string
  /** By its real path, as far as there is one. */
  readonly file: string
}

/** Where the databases of presets are, or will be. */
export function databasePlaces(presets: readonly string[] = PRESETS.map(({ name }) => name)): DatabasePlace[] {
  const places = PRESETS.filter(({ name }) => presets.includes(name)).flatMap(({ name, databases }) =>
    databases.flatMap((database) =>
      database.path.flatMap((path) => {
        const glob = expandGlob(path, process.env, homedir(), process.cwd())
        return glob ? [{ agent: name, ...database, preset: name, file: realPlace(join(glob.root, ...glob.names)) }] : []
      }),
    ),
  )
  return [...new Map(places.map((place) => [place.file, place])).values()]
}

/** The variables that say where they are. */
export function databaseVariables(presets: readonly string[]): string[] {
  const databases = PRESETS.filter(({ name }) => presets.includes(name)).flatMap((preset) => preset.databases)
  return variablesOf(databases.flatMap(({ path }) => path))
}

export interface PresetDatabaseSettings extends Omit<WatchSettings, 'tables' | 'sinkOf'> {
  readonly sinkOf: (own: Connection, relay: RelayHandle, agent: string | undefined) => GoalSink
}

/** The databases of presets: those that are there are watched, the others as soon as they are. */
export class PresetDatabases {
  readonly watched: WatchedFile[] = []
  readonly #settings: PresetDatabaseSettings
  #awaited: readonly DatabasePlace[]
  readonly #said = new Set<string>()

  constructor(presets: readonly string[], settings: PresetDatabaseSettings) {
    this.#settings = settings
    this.#awaited = databasePlaces(presets)
    this.look()
    for (const { file } of this.#awaited) awaitDatabase(file)
  }

  /** Those that are not there yet, by their presets. */
  get awaited(): [preset: string, files: string[]][] {
    const presets = [...new Set(this.#awaited.map(({ preset }) => preset))]
    return presets.map((name) => [name, this.#awaited.flatMap(({ preset, file }) => (preset === name ? file : []))])
  }

  /** Looks for those that were not there yet. @returns those that are watched from now on. */
  look(): WatchedFile[] {
    const found = this.#awaited.filter(({ file }) => this.#isThere(file))
    if (found.length === 0) return []
    this.#awaited = this.#awaited.filter((place) => !found.includes(place))
    const watched = found.flatMap((place) => this.#watched(place) ?? [])
    this.watched.push(...watched)
    return watched
  }

  /** One that is still being copied has no header, or not all of its first page; one that is encrypted never has. */
  #isThere(file: string): boolean {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    // SQLite makes an empty file before it writes its header.
    if (size < DATABASE_HEADER_BYTES) return false
    try {
      return size >= parseDatabaseHeader(headOf(file)).pageSize
    } catch (error) {
      if (!this.#said.has(file)) this.#settings.say(`${file} ${reason(error)}: it is watched once it can be read`)
      this.#said.add(file)
      return false
    }
  }

  /** Undefined where another process watches it, or it cannot be read, which is said. */
  #watched({ file, tables, agent }: DatabasePlace): WatchedFile | undefined {
    const { sinkOf, say } = this.#settings
    try {
      const of = (own: Connection, relay: RelayHandle) => sinkOf(own, relay, agent)
      return new WatchedFile(file, { ...this.#settings, tables, sinkOf: of })
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      say(error.message)
      return undefined
    }
  }
}

/** Keeps that it is not there yet, so that what stands in it at its beginning is reported, by a later process too. */
function awaitDatabase(file: string): void {
  let own: OwnFile
  try {
    own = new OwnFile(file, file)
  } catch (error) {
    // Another process that awaits it keeps the same.
    if (error instanceof Failure) return
    throw error
  }
  new PlaceStore(own.connection).awaitDatabase()
  own.close()
}

function headOf(file: string): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    const head = Buffer.alloc(DATABASE_HEADER_BYTES)
    return head.subarray(0, readSync(descriptor, head))
  } finally {
    closeSync(descriptor)
  }
}

function realPlace(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : join(realPlace(folder), basename(path))
  }
}
