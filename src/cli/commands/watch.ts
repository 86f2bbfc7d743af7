import { resolve } from 'node:path'
import process from 'node:process'
import { capturesObjective } from '../../api/observe-options.ts'
import type { GoalTable } from '../../mapping/goal-table.ts'
import { RecordedOutbox } from '../../outbox/recorded-outbox.ts'
import type { RelayHandle } from '../../outbox/relay-handle.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { environmentAttributes, resourceAttributes } from '../../telemetry/resource.ts'
import { OutboxSink } from '../../watch/goal-sink.ts'
import { type Command, parse, UsageError } from '../lib/command.ts'
import { installService, serviceOf, uninstallService } from '../lib/service.ts'
import { WatchMapping } from '../lib/watch-mapping.ts'
import { PROGRESS_INTERVAL, WatchProgress } from '../lib/watch-progress.ts'
import { inTime, reportWarnings, untilStopped } from '../lib/watch-session.ts'
import { WatchedFile } from '../lib/watched-file.ts'

const HELP = `goaltrace watch: reports the goals in a database from outside, whatever program writes it

  goaltrace watch FILE… [--map] [--objectives] [--install [--yes] | --uninstall]

  FILE         the SQLite database in which an agent keeps its goals
  --map        where a file has a table of goals that nothing maps: maps it in goaltrace.config.json, and goes on with that;
               a file that is there gets the table, and loses nothing
  --objectives records what goals say, not just how long they are
  --install    have it run as a service of yours from now on: systemd or launchd; shows the file that it writes, and asks
  --yes        do not ask
  --uninstall  end that, and remove the file

The agent runs as it always does, in any language. Every committed change of a goal is read from the database's write-ahead
log (PRAGMA journal_mode = WAL); the files are only read, and no lock is taken. Which table holds goals, and what its columns
mean, is in goaltrace.config.json, as for an agent in Node.js; where nothing maps a table, a mapping is proposed. It goes on until
Ctrl-C, and another start goes on from there.

  OTEL_EXPORTER_OTLP_ENDPOINT   where the events go           default http://localhost:4318
  OTEL_SERVICE_NAME             what the agent is called
`

const OPTIONS = {
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
    if (files.length === 0) throw new UsageError("Give an agent's database, or several: `goaltrace watch goals.db`.")
    if (values.install && values.uninstall) throw new UsageError('Give --install or --uninstall, not both.')
    if (values.objectives) process.env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = 'true'
    const progress = new WatchProgress()
    const say = reportWarnings(progress)
    const mapping = new WatchMapping({ maps: values.map ?? false, say })
    if (values.uninstall) return uninstallService(serviceOf(['watch', ...files.map((file) => resolve(file))]))
    mapping.look(files)
    if (values.install) {
      return await installService(serviceOf(['watch', ...files.map((file) => resolve(file))]), values.yes ?? false)
    }
    const captureObjective = capturesObjective({})
    const sinkOf = (own: Connection, relay: RelayHandle) =>
      new OutboxSink(new RecordedOutbox(own, resourceOfWatched(), relay), captureObjective)
    const { tables, maxOutboxRows } = mapping
    const settings = { tables, maxOutboxRows, captureObjective, say, found: progress.found, sinkOf }
    const stopped = untilStopped()
    const watched: WatchedFile[] = []
    try {
      for (const file of new Set(files)) watched.push(new WatchedFile(file, settings))
    } catch (error) {
      for (const one of watched) one.stop()
      throw error
    }
    for (const one of watched) progress.starts(one.file, started(one, tables))
    // Loading it later would take as long as a busy agent needs to begin its log again.
    await import('../../telemetry/sdk.ts')
    for (const one of watched) one.start()
    const timers = [
      setInterval(() => progress.show(), PROGRESS_INTERVAL),
      setInterval(() => search(watched, mapping), SEARCH_INTERVAL),
    ]
    await stopped
    for (const timer of timers) clearInterval(timer)
    search(watched, mapping)
    for (const one of watched) one.stop()
    await inTime(watched.map(({ relay }) => relay.drain()))
    for (const one of watched) progress.ends(one)
    return 0
  },
}

/** A table of goals may be made while its file is watched. */
function search(watched: readonly WatchedFile[], mapping: WatchMapping): void {
  const bare = watched.filter(({ tables }) => tables.length === 0)
  if (bare.length === 0 || !mapping.look(bare.map(({ file }) => file))) return
  for (const one of bare) one.follow(mapping.tables)
}

function started({ file, tables }: WatchedFile, mapped: readonly GoalTable[]): string {
  if (tables.length > 0) return `watching ${tables.join(', ')}`
  const names = mapped.map(({ table }) => table).join(', ')
  return `it has no table ${names} yet; \`goaltrace doctor ${file}\` says what it has`
}

/** Nothing says whose goals these are but the environment. */
function resourceOfWatched() {
  const name = environmentAttributes(process.env)['service.name']
  return resourceAttributes({ 'service.name': name ?? 'unknown_service' })
}
