import { resolve } from 'node:path'
import process from 'node:process'
import { capturesObjective } from '../../api/observe-options.ts'
import { configuration } from '../../mapping/config-file.ts'
import { type GoalTable, THREAD_GOALS } from '../../mapping/goal-table.ts'
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

const HELP = `goaltrace watch: reports the goals in a database from outside, whatever program writes it

  goaltrace watch FILE… [--install [--yes] | --uninstall]

  FILE         the SQLite database in which an agent keeps its goals
  --install    have it run as a service of yours from now on: systemd or launchd; shows the file that it writes, and asks
  --yes        do not ask
  --uninstall  end that, and remove the file

The agent runs as it always does, in any language. Every committed change of a goal is read from the database's write-ahead
log (PRAGMA journal_mode = WAL); the files are only read, and no lock is taken. Which table holds goals, and what its columns
mean, is in goaltrace.config.json, as for an agent in Node.js. It goes on until Ctrl-C, and another start goes on from there.

  OTEL_EXPORTER_OTLP_ENDPOINT   where the events go           default http://localhost:4318
  OTEL_SERVICE_NAME             what the agent is called
`

const OPTIONS = { install: { type: 'boolean' }, uninstall: { type: 'boolean' }, yes: { type: 'boolean' } } as const

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals: files } = parse('watch', args, { allowPositionals: true, options: OPTIONS })
    if (files.length === 0) throw new UsageError("Give an agent's database, or several: `goaltrace watch goals.db`.")
    if (values.install && values.uninstall) throw new UsageError('Give --install or --uninstall, not both.')
    const { tables, maxOutboxRows } = configured()
    if (values.install || values.uninstall) {
      const service = serviceOf(['watch', ...files.map((file) => resolve(file))])
      return values.install ? await installService(service, values.yes ?? false) : uninstallService(service)
    }
    const progress = new WatchProgress()
    const say = reportWarnings(progress)
    const captureObjective = capturesObjective({})
    const sinkOf = (own: Connection, relay: RelayHandle) =>
      new OutboxSink(new RecordedOutbox(own, resourceOfWatched(), relay), captureObjective)
    const settings = { tables, maxOutboxRows, captureObjective, say, found: progress.found, sinkOf }
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
  try {
    const { tables = [THREAD_GOALS], maxOutboxRows } = configuration() ?? {}
    return { tables, maxOutboxRows }
  } catch (error) {
    throw new Failure((error as Error).message)
  }
}

function started({ file, tables }: WatchedFile, mapped: readonly GoalTable[]): string {
  if (tables.length > 0) return `watching ${tables.join(', ')}`
  const names = mapped.map(({ table }) => table).join(', ')
  return `it has no table ${names} yet; \`goaltrace doctor ${file}\` says how to map another`
}

/** Nothing says whose goals these are but the environment. */
function resourceOfWatched() {
  const name = environmentAttributes(process.env)['service.name']
  return resourceAttributes({ 'service.name': name ?? 'unknown_service' })
}
