import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { capturesObjective } from '../../api/observe-options.ts'
import { type CodexPlaces, codexPlaces, goalDatabases, holdsOnlyGoals } from '../../codex/codex-places.ts'
import { protocolNotesFolder } from '../../codex/protocol-notes-folder.ts'
import { findProviders } from '../../telemetry/providers.ts'
import { ClientNotes } from '../../watch/codex/client-notes.ts'
import { CODEX_GOALS } from '../../watch/codex/codex-table.ts'
import { namesIn } from '../../watch/codex/names-in.ts'
import { Rollouts } from '../../watch/codex/rollouts.ts'
import { CodexFile, type CodexSettings } from '../lib/codex-file.ts'
import { type Command, Failure, parse } from '../lib/command.ts'
import { saysDisabled } from '../lib/disabled.ts'
import { becomeLean, WAITS } from '../lib/lean-process.ts'
import { collectAtRest } from '../lib/memory-at-rest.ts'
import { PROGRESS_INTERVAL, WatchProgress } from '../lib/watch-progress.ts'
import { inTime, reportWarnings, untilStopped } from '../lib/watch-session.ts'

const HELP = `goaltrace codex watch: reports the goals of Codex, from the files that it writes

  goaltrace codex watch

Codex runs as it always does: its terminal, its background server, \`codex exec\`, editors. Every committed change of a goal is
read from its database's write-ahead log, and its turn, session and client from the thread's rollout; the files are only
read, and no lock is taken. No prompt, answer or objective leaves them. It goes on until Ctrl-C, and another start goes on from there.

  CODEX_HOME, CODEX_SQLITE_HOME   where Codex keeps its files   default ~/.codex; sqlite_home of its config.toml counts too
  OTEL_EXPORTER_OTLP_ENDPOINT     where the events go           default http://localhost:4318
  OTEL_SERVICE_NAME               what the agent is called      default codex
`

/** Milliseconds between two looks for a database that is new. */
const SEARCH_INTERVAL = 2000

export const command: Command = {
  help: HELP,
  async run(args) {
    parse('codex', args, {})
    if (saysDisabled()) return 0
    becomeLean(WAITS)
    const places = codexPlaces(process.env, homedir(), textOf)
    const progress = new WatchProgress()
    const say = reportWarnings(progress)
    const providers = () => findProviders({ defaultToLocalhost: true })
    const files = new CodexFiles(places, progress, {
      tables: [CODEX_GOALS],
      maxOutboxRows: undefined,
      captureObjective: capturesObjective({}),
      say,
      found: progress.found,
      rollouts: new Rollouts(places),
      clientNotes: new ClientNotes(protocolNotesFolder()),
      providers,
    })
    const stopped = untilStopped()
    files.search(true)
    if (!files.isThereAny) {
      process.stdout.write(
        `${places.databases.join(', ')}: no goals of Codex there yet; watching for them, Ctrl-C stops it\n`,
      )
    }
    collectAtRest()
    const timers = [
      setInterval(() => files.search(true), SEARCH_INTERVAL),
      setInterval(() => progress.show(), PROGRESS_INTERVAL),
    ]
    await stopped
    for (const timer of timers) clearInterval(timer)
    files.stop()
    const delivered = files.all.map(async ({ relay }) => {
      await relay.drain()
      await (await providers()).flush()
    })
    await inTime(delivered)
    for (const { watched } of files.all) progress.ends(watched)
    return 0
  },
}

/** Codex's databases that are there by now. */
class CodexFiles {
  readonly all: CodexFile[] = []
  readonly #met = new Set<string>()
  readonly #said = new Set<string>()
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #places: CodexPlaces
  readonly #progress: WatchProgress
  readonly #settings: CodexSettings
  /** The databases that were there when the watching began; undefined until it does. */
  #old: ReadonlySet<string> | undefined
  /** Those that were there at the timer's last search. */
  #seen: ReadonlySet<string> = new Set()

  constructor(places: CodexPlaces, progress: WatchProgress, settings: CodexSettings) {
    this.#places = places
    this.#progress = progress
    this.#settings = settings
  }

  /** @param isTimed Whether it is the first, or the timer's; else a file has just been made. */
  search(isTimed: boolean): void {
    const paths = this.#places.databases.flatMap((folder) => {
      this.#listen(folder)
      return goalDatabases(namesIn(folder)).map((name) => join(folder, name))
    })
    const filled = paths.filter((path) => !isEmpty(path))
    this.#old ??= new Set(filled)
    for (const path of filled) {
      const isNew = !this.#old.has(path)
      // A new Codex makes the database of its state first, and that of its goals in a moment.
      if (isNew && !holdsOnlyGoals(path) && !this.#seen.has(path)) continue
      this.#meet(path, isNew)
    }
    if (isTimed) this.#seen = new Set(filled)
  }

  /** Whether there is a database, be it one that another process watches. */
  get isThereAny(): boolean {
    return this.#old !== undefined && this.#old.size > 0
  }

  stop(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
    for (const file of this.all) file.stop()
  }

  /** A new database is found before Codex has put a goal into it. */
  #listen(folder: string): void {
    if (this.#watchers.has(folder)) return
    try {
      const watcher = watch(folder, (event) => {
        if (event === 'rename') this.search(false)
      })
      watcher.on('error', () => watcher.close())
      this.#watchers.set(folder, watcher)
    } catch {
      // There is no such folder yet, or nothing is announced there: the timer looks.
    }
  }

  #meet(path: string, isNew: boolean): void {
    if (this.#met.has(path)) return
    try {
      const file = new CodexFile(path, this.#settings, isNew)
      this.#met.add(path)
      this.all.push(file)
      this.#progress.starts(path, 'watching the goals of Codex')
      file.start()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      // Tried again at the next search.
      if (!this.#said.has(error.message)) this.#settings.say(error.message)
      this.#said.add(error.message)
    }
  }
}

/** Whether a database was made and has nothing in it yet. */
function isEmpty(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
