import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import process from 'node:process'
import { capturesObjective } from '../../api/observe-options.ts'
import { counted } from '../../base/counted.ts'
import { realPath } from '../../base/real-path.ts'
import { shellWord } from '../../base/shell-word.ts'
import { PRESETS } from '../../files/presets.ts'
import { RecordedOutbox } from '../../outbox/recorded-outbox.ts'
import type { RelayHandle } from '../../outbox/relay-handle.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { environmentAttributes, resourceAttributes } from '../../telemetry/resource.ts'
import { OutboxSink } from '../../watch/goal-sink.ts'
import { type Command, Failure, parse, UsageError } from '../lib/command.ts'
import { saysDisabled } from '../lib/disabled.ts'
import { configuredFolders, type GoalFolders, presetsOf, variablesIn } from '../lib/goal-folders.ts'
import { becomeLean, WAITS, WORKS } from '../lib/lean-process.ts'
import { collectAtRest } from '../lib/memory-at-rest.ts'
import { databasePlaces, databaseVariables, PresetDatabases } from '../lib/preset-databases.ts'
import { WatchMapping } from '../lib/watch-mapping.ts'
import { PROGRESS_INTERVAL, WatchProgress } from '../lib/watch-progress.ts'
import { inTime, reportWarnings, untilStopped } from '../lib/watch-session.ts'
import { WatchedFile } from '../lib/watched-file.ts'
import { type FolderSettings, WatchedFolders } from '../lib/watched-folders.ts'

const HELP = `goaltrace watch: reports the goals in a database or in files from outside, whatever program writes them

  goaltrace watch [FILE…] [--preset NAME]… [--map] [--objectives] [--install [--yes] | --uninstall]

  FILE         the SQLite database in which an agent keeps its goals
  --preset     an agent whose files and databases are known: ${PRESETS.map(({ name }) => name).join(', ')}
  --map        maps a table of goals that is not mapped yet, in goaltrace.config.json, and uses the mapping at once;
               an existing file keeps all it has
  --objectives records the text of goals, not just its length
  --install    have it run as a service of yours from now on: systemd or launchd; shows the file that it writes, and asks
  --yes        do not ask
  --uninstall  end that, and remove the file

The agent runs as it always does, in any language. Every committed change of a goal is read from the database's write-ahead
log (PRAGMA journal_mode = WAL); the files are only read, and no lock is taken. Which table holds goals, and what its columns
mean, is in goaltrace.config.json, as for an agent in Node.js; for a table that is not mapped, a mapping is proposed. The JSON files
that it names under files are watched as well: logs line by line, documents from one state to the next. It goes on until Ctrl-C, and
another start goes on from there.

  OTEL_EXPORTER_OTLP_ENDPOINT   where the events go           default http://localhost:4318
  OTEL_SERVICE_NAME             what the agent is called
`

const OPTIONS = {
  preset: { type: 'string', multiple: true },
  map: { type: 'boolean' },
  objectives: { type: 'boolean' },
  install: { type: 'boolean' },
  uninstall: { type: 'boolean' },
  yes: { type: 'boolean' },
} as const
/** Milliseconds between two looks for a table in a file that has none that is mapped. */
const SEARCH_INTERVAL = 500

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals: files } = parse('watch', args, { allowPositionals: true, options: OPTIONS })
    if (values.install && values.uninstall) throw new UsageError('Give --install or --uninstall, not both.')
    if (!values.install && !values.uninstall && saysDisabled()) return 0
    if (values.objectives) process.env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = 'true'
    const progress = new WatchProgress()
    const say = reportWarnings(progress)
    const presets = values.preset ?? []
    const folders = [...presetsOf(presets), ...configuredFolders()]
    if (files.length + folders.length === 0) {
      throw new UsageError(
        "Give an agent's database or a preset: `goaltrace watch goals.db`, `goaltrace watch --preset pi`.",
      )
    }
    for (const file of files) refuseJson(file)
    refuseTwice(files, presets)
    const mapping = new WatchMapping({ maps: values.map ?? false, say })
    if (values.install || values.uninstall) {
      const { installService, serviceOf, uninstallService } = await import('../lib/service.ts')
      const what = [...files.map((file) => resolve(file)), ...presets.flatMap((name) => ['--preset', name])]
      const service = serviceOf(['watch', ...what], {
        keys: folders.map(({ key }) => key),
        variables: [...variablesIn(folders), ...databaseVariables(presets)],
      })
      if (values.uninstall) return uninstallService(service)
      mapping.look(files)
      return await installService(service, values.yes ?? false)
    }
    becomeLean(files.length + databasePlaces(presets).length > 0 ? WORKS : WAITS)
    mapping.look(files)
    const captureObjective = capturesObjective({})
    const sinkOf = (own: Connection, relay: RelayHandle, agent?: string) =>
      new OutboxSink(new RecordedOutbox(own, resourceOf(agent), relay), captureObjective)
    const { tables, maxOutboxRows } = mapping
    const settings = { tables, maxOutboxRows, captureObjective, say, found: progress.found, sinkOf }
    const stopped = untilStopped()
    const [databases, others]: [WatchedFile[], WatchedFolders[]] = [[], []]
    const known = new PresetDatabases(presets, settings)
    const all = () => [...databases, ...known.watched, ...others]
    try {
      for (const file of new Set(files)) databases.push(new WatchedFile(file, settings))
      const isMore = databases.length + known.watched.length > 0
      others.push(...followed(folders, { ...settings, resourceOf }, isMore))
    } catch (error) {
      for (const one of all()) one.stop()
      throw error
    }
    for (const one of databases) progress.starts(one.file, started(one, mapping))
    for (const one of known.watched) progress.starts(one.file, startedOfPreset(one))
    for (const one of others) progress.starts(one.file, startedFolders(one))
    for (const [preset, places] of known.awaited) {
      progress.starts(preset, `watching for a database at ${places.join(', ')}`)
    }
    // Loading it later would take as long as a busy agent needs to begin its log again. A file keeps what is in it.
    if (databases.length + known.watched.length > 0) await import('../../telemetry/sdk.ts')
    for (const one of all()) one.start()
    collectAtRest()
    const look = () => {
      search(databases, mapping)
      for (const one of known.look()) {
        progress.starts(one.file, startedOfPreset(one))
        one.start()
      }
    }
    const timers = [setInterval(() => progress.show(), PROGRESS_INTERVAL), setInterval(look, SEARCH_INTERVAL)]
    await stopped
    for (const timer of timers) clearInterval(timer)
    look()
    for (const one of all()) one.stop()
    await inTime(all().map(({ relay }) => relay.drain()))
    for (const one of all()) progress.ends(one)
    return 0
  },
}

/** @throws {UsageError} where it is no database but what `files` are for. */
function refuseJson(file: string): void {
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
  if (!isFolder && !/\.jsonl?$/i.test(file)) return
  throw new UsageError(
    `${file} is ${isFolder ? 'a folder' : 'a JSON file'}, not a database: JSON files are followed by --preset NAME, or by \`files\` in goaltrace.config.json; \`goaltrace doctor ${shellWord(isFolder ? file : dirname(file))}\` says which.`,
  )
}

/** @throws {UsageError} where a preset watches one of the files. */
function refuseTwice(files: readonly string[], presets: readonly string[]): void {
  const places = databasePlaces(presets)
  for (const file of files) {
    const twice = existsSync(file) && places.find((place) => place.file === realPath(file))
    if (twice) throw new UsageError(`${file} is watched by --preset ${twice.preset}: leave out one of both.`)
  }
}

/** Where others watch some of the folders, the rest is followed. @throws {Failure} where nothing else is left. */
function followed(folders: readonly GoalFolders[], settings: FolderSettings, isMore: boolean): WatchedFolders[] {
  const watched: WatchedFolders[] = []
  const faults: Failure[] = []
  for (const [n, one] of folders.entries()) {
    try {
      watched.push(new WatchedFolders(one, settings, folders.slice(0, n)))
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      faults.push(error)
    }
  }
  const [fault] = faults
  if (fault && !isMore && watched.length === 0) throw fault
  for (const { message } of faults) settings.say(message)
  return watched
}

/** A table of goals may be made while its file is watched. */
function search(watched: readonly WatchedFile[], mapping: WatchMapping): void {
  const bare = watched.filter(({ tables }) => tables.length === 0)
  if (bare.length === 0 || !mapping.look(bare.map(({ file }) => file))) return
  for (const one of bare) one.follow(mapping.tables)
}

function started({ file, tables }: WatchedFile, mapping: WatchMapping): string {
  if (tables.length > 0) return `watching ${tables.join(', ')}`
  const names = mapping.tables.map(({ table }) => table).join(', ')
  const missing = mapping.maps ? 'no table of goals' : `no table ${names}`
  return `it has ${missing} yet; \`goaltrace doctor ${shellWord(file)}\` says what it has`
}

function startedOfPreset({ tables }: WatchedFile): string {
  return tables.length > 0 ? `watching ${tables.join(', ')}` : 'it has no goals yet; watching for them'
}

function startedFolders({ count, places }: WatchedFolders): string {
  if (count > 0) return `watching ${counted(count, 'file')}`
  return `there is no file yet; watching for ${places.join(', ')}`
}

/** Nothing says whose goals these are but the environment, or a mapping. */
function resourceOf(agent = 'unknown_service') {
  const name = environmentAttributes(process.env)['service.name']
  return resourceAttributes({ 'service.name': name ?? agent })
}
