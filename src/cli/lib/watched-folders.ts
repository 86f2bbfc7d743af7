import { homedir } from 'node:os'
import process from 'node:process'
import type { Relay } from '../../delivery/relay.ts'
import { relayOf } from '../../delivery/relays.ts'
import type { ResourceAttributes } from '../../event/resource-attributes.ts'
import { type ClaimedGlobs, claimedBy, type Places } from '../../files/claimed-globs.ts'
import { FileWake } from '../../files/file-wake.ts'
import { FileWriter } from '../../files/file-writer.ts'
import { WatchedFiles } from '../../files/watched-files.ts'
import { unsetVariables } from '../../mapping/glob.ts'
import type { GoalFiles } from '../../mapping/goal-files.ts'
import { printable } from '../terminal/printable.ts'
import { Failure } from './command.ts'
import { claimEntries, releaseEntries } from './glob-claims.ts'
import type { GoalFolders } from './goal-folders.ts'
import { OwnFile } from './own-file.ts'

export interface FolderSettings {
  readonly captureObjective: boolean
  readonly maxOutboxRows: number | undefined
  readonly say: (sentence: string) => void
  readonly found: (name: string) => void
  readonly resourceOf: (agent: string | undefined) => ResourceAttributes
}

/** The files of agents that `goaltrace watch` follows by one preset or configuration, and where their events wait. */
export class WatchedFolders {
  readonly file: string
  readonly #key: string
  readonly relay: Relay
  readonly #own: OwnFile
  readonly #files: WatchedFiles
  readonly #wake: FileWake
  readonly #say: (sentence: string) => void
  #saidUnwatchable = false

  /**
   * @param before Those that are watched as well, and come first where both match a file.
   * @throws {Failure} where another process watches them all, or none of an entry's paths is left.
   */
  constructor({ name, key, files }: GoalFolders, settings: FolderSettings, before: readonly GoalFolders[]) {
    const { captureObjective, maxOutboxRows, say, found, resourceOf } = settings
    const places = { env: process.env, home: homedir(), folder: process.cwd() }
    refuseUnset(name, files, places)
    const earlier = before.flatMap((one) =>
      claimedBy(one.files, places).map((claim) => ({ ...claim, name: `${claim.name} of ${one.name}` })),
    )
    this.file = name
    // Whoever writes the files names them.
    this.#say = (sentence) => say(printable(`${name}: ${sentence}`))
    this.#own = new OwnFile(key, name)
    this.#key = key
    const owned = this.#owned(files, places, before)
    const mappings = files.filter((_, n) => owned[n] === undefined)
    const own = this.#own.connection
    this.relay = relayOf(own, { maxOutboxRows, defaultToLocalhost: true })
    const writer = new FileWriter({ own, relay: this.relay, captureContent: captureObjective, resourceOf })
    this.#files = new WatchedFiles({
      ...{ mappings, captureContent: captureObjective, own, say: this.#say },
      ...{ places, earlier, isPartial: mappings.length < files.length },
      write: (...change) => writer.write(...change),
      found: () => found(name),
      folder: (path) => this.#wake?.listen(path),
    })
    this.#wake = new FileWake({
      scan: () => this.#files.scan(),
      touch: (path) => this.#files.touch(path),
      retry: () => this.#files.retry(),
      step: () => this.#files.step(),
      unwatchable: (folder) => this.#unwatchable(folder),
      hasRetries: () => this.#files.hasRetries,
    })
    this.#files.scan()
    const sentences = owned.filter((sentence) => sentence !== undefined)
    if (mappings.length === 0) {
      this.#release()
      throw new Failure(`${name}: ${sentences.join('; ')}.`)
    }
    for (const sentence of sentences) this.#say(sentence)
  }

  /** How many files there are by now. */
  get count(): number {
    return this.#files.size
  }

  /** Where files are looked for. */
  get places(): readonly string[] {
    return this.#files.places
  }

  /** Changes that are not delivered yet. */
  get pending(): number {
    return this.#own.pending
  }

  start(): void {
    this.#wake.start()
  }

  /** Takes what has happened up to now, and ends. */
  stop(): void {
    this.#wake.close()
    this.#files.scan()
    while (this.#files.isDue && this.#files.step()) {}
    this.#release()
  }

  #release(): void {
    releaseEntries(this.#key)
    this.#own.release()
  }

  /** Leaves to other processes the entries that they follow, in words. */
  #owned(files: readonly GoalFiles[], places: Places, before: readonly GoalFolders[]): (string | undefined)[] {
    const own = before.map(({ key }) => key)
    const owners = this.#claimed(claimedBy(files, places), own)
    return owners.map((owner, n) => {
      const what = `what ${files[n]?.path.join(', ')} matches is followed by another goaltrace process (${owner})`
      return owner === undefined ? undefined : `${what}: end one of them, or let one match it`
    })
  }

  #claimed(entries: readonly ClaimedGlobs[], own: readonly string[]): (string | undefined)[] {
    try {
      return claimEntries({ name: this.file, key: this.#key }, entries, own)
    } catch (error) {
      this.#release()
      throw error
    }
  }

  #unwatchable(folder: string): void {
    if (this.#saidUnwatchable) return
    this.#saidUnwatchable = true
    this.#say(
      `the system reports no changes in ${folder}, and perhaps in others; they are checked from time to time instead`,
    )
  }
}

/** An entry of which no path is left would wait for ever. */
function refuseUnset(name: string, mappings: readonly GoalFiles[], places: Places): void {
  for (const [n, { globs }] of claimedBy(mappings, places).entries()) {
    const { path } = mappings[n] as GoalFiles
    if (globs.length > 0) continue
    const unset = unsetVariables(path, process.env)
    throw new Failure(
      `${name}: nothing is left of the path ${path.join(', ')}, as ${unset.join(', ')} ${unset.length === 1 ? 'is' : 'are'} not set: set it, or add a path without it.`,
    )
  }
}
