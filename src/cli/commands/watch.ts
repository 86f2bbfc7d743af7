import { resolve } from 'node:path'
import process from 'node:process'
import { capturesObjective } from '../../api/observe-options.ts'
import { PRESETS } from '../../files/presets.ts'
import { configuration, configurationFile, configuredFiles } from '../../mapping/config-file.ts'
import { variablesOf } from '../../mapping/glob.ts'
import type { GoalFiles } from '../../mapping/goal-files.ts'
import { type GoalTable, THREAD_GOALS } from '../../mapping/goal-table.ts'
import { realPath } from '../../outbox/outbox-file.ts'
import { RecordedOutbox } from '../../outbox/recorded-outbox.ts'
import type { RelayHandle } from '../../outbox/relay-handle.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { environmentAttributes, resourceAttributes } from '../../telemetry/resource.ts'
import { OutboxSink } from '../../watch/goal-sink.ts'
import { type Command, Failure, parse, UsageError } from '../lib/command.ts'
import { installService, serviceOf, uninstallService } from '../lib/service.ts'
import { PROGRESS_INTERVAL, WatchProgress } from '../lib/watch-progress.ts'
import { inTime, reportWarnings, untilStopped } from '../lib/watch-session.ts'
import { WatchedFile } from '../lib/watched-file.ts'
import { WatchedFolders } from '../lib/watched-folders.ts'

const HELP = `goaltrace watch: reports the goals in a database or in files from outside, whatever program writes them

  goaltrace watch [FILE…] [--preset NAME]… [--install [--yes] | --uninstall]

  FILE         the SQLite database in which an agent keeps its goals
  --preset     an agent that keeps its goals in files: ${PRESETS.map(({ name }) => name).join(', ')}
  --install    have it run as a service of yours from now on: systemd or launchd; shows the file that it writes, and asks
  --yes        do not ask
  --uninstall  end that, and remove the file

The agent runs as it always does, in any language. Every committed change of a goal is read from the database's write-ahead
log (PRAGMA journal_mode = WAL); the files are only read, and no lock is taken. Which table holds goals, and what its columns
mean, is in goaltrace.config.json, as for an agent in Node.js. The JSON files that it names under files are watched as well: logs
line by line, documents from one state to the next. It goes on until Ctrl-C, and another start goes on from there.

  OTEL_EXPORTER_OTLP_ENDPOINT   where the events go           default http://localhost:4318
  OTEL_SERVICE_NAME             what the agent is called
`

const OPTIONS = {
  preset: { type: 'string', multiple: true },
  install: { type: 'boolean' },
  uninstall: { type: 'boolean' },
  yes: { type: 'boolean' },
} as const

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals: files } = parse('watch', args, { allowPositionals: true, options: OPTIONS })
    if (values.install && values.uninstall) throw new UsageError('Give --install or --uninstall, not both.')
    const { tables, maxOutboxRows } = configured()
    const folders = [...presetsOf(values.preset ?? []), ...configuredFolders()]
    if (files.length + folders.length === 0) {
      throw new UsageError(
        "Give an agent's database or a preset: `goaltrace watch goals.db`, `goaltrace watch --preset pi`.",
      )
    }
    if (values.install || values.uninstall) {
      const presets = (values.preset ?? []).flatMap((name) => ['--preset', name])
      const globs = folders.flatMap(({ files }) => files).flatMap(({ path }) => path)
      const service = serviceOf(['watch', ...files.map((file) => resolve(file)), ...presets], variablesOf(globs))
      return values.install ? await installService(service, values.yes ?? false) : uninstallService(service)
    }
    const progress = new WatchProgress()
    const say = reportWarnings(progress)
    const captureObjective = capturesObjective({})
    const sinkOf = (own: Connection, relay: RelayHandle) =>
      new OutboxSink(new RecordedOutbox(own, resourceOf(), relay), captureObjective)
    const settings = { tables, maxOutboxRows, captureObjective, say, found: progress.found, sinkOf }
    const watched: (WatchedFile | WatchedFolders)[] = []
    try {
      for (const file of new Set(files)) watched.push(new WatchedFile(file, settings))
      for (const { name, key, files: mappings } of folders) {
        watched.push(
          new WatchedFolders(name, key, mappings, { ...settings, resourceOf: (agent = name) => resourceOf(agent) }),
        )
      }
    } catch (error) {
      for (const one of watched) one.stop()
      throw error
    }
    for (const one of watched) {
      progress.starts(one.file, one instanceof WatchedFile ? started(one, tables) : startedFolders(one))
    }
    // Loading it later would take as long as a busy agent needs to begin its log again.
    await import('../../telemetry/sdk.ts')
    for (const one of watched) one.start()
    const shown = setInterval(() => progress.show(), PROGRESS_INTERVAL)
    await untilStopped()
    clearInterval(shown)
    for (const one of watched) one.stop()
    await inTime(watched.map(({ relay }) => relay.drain()))
    for (const one of watched) progress.ends(one)
    return 0
  },
}

function configured(): { tables: readonly GoalTable[]; maxOutboxRows: number | undefined } {
  const { tables = [THREAD_GOALS], maxOutboxRows } = failing(configuration) ?? {}
  return { tables, maxOutboxRows }
}

function started({ file, tables }: WatchedFile, mapped: readonly GoalTable[]): string {
  if (tables.length > 0) return `watching ${tables.join(', ')}`
  const names = mapped.map(({ table }) => table).join(', ')
  return `it has no table ${names} yet; \`goaltrace doctor ${file}\` says how to map another`
}

function startedFolders({ count, places }: WatchedFolders): string {
  if (count > 0) return `watching ${count.toLocaleString('en-US')} ${count === 1 ? 'file' : 'files'}`
  return `no file is there yet; watching for ${places.join(', ')}`
}

interface Folders {
  readonly name: string
  readonly key: string
  readonly files: readonly GoalFiles[]
}

function presetsOf(names: readonly string[]): Folders[] {
  return [...new Set(names)].map((name) => {
    const preset = PRESETS.find((one) => one.name === name)
    if (preset) return { ...preset, key: `preset:${name}` }
    const known = PRESETS.map((one) => one.name).join(', ')
    throw new UsageError(`There is no preset ${JSON.stringify(name)}: the presets are ${known}.`)
  })
}

function configuredFolders(): Folders[] {
  const files = failing(configuredFiles)
  const name = configurationFile()
  return files.length === 0 ? [] : [{ name, key: `files:${realPath(name)}`, files }]
}

function failing<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new Failure((error as Error).message)
  }
}

/** Nothing says whose goals these are but the environment, or a mapping. */
function resourceOf(agent = 'unknown_service') {
  const name = environmentAttributes(process.env)['service.name']
  return resourceAttributes({ 'service.name': name ?? agent })
}
