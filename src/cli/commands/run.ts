import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { reason } from '../../base/diagnose.ts'
import { RUN_NOTES } from '../../base/run-notes.ts'
import { type Command, notStarted, parse, UsageError } from '../lib/command.ts'
import { registerUrl } from '../lib/package-file.ts'
import { foundBy } from '../lib/run-findings.ts'

const HELP = `goaltrace run: runs an agent, and observes its goals

  goaltrace run [--map] [--objectives] -- COMMAND [argument…]

  goaltrace run -- node agent.js --fast
  goaltrace run --map --objectives -- npm start

  --map         maps a table of goals that is not mapped yet, in goaltrace.config.json, and uses the mapping at once;
                an existing file keeps all it has
  --objectives  records the text of goals, not just its length

It adds --import goaltrace/register to NODE_OPTIONS, so that every Node process of the command is observed, and exits as
the command does, with its exit code or signal. When the command has ended it reports on stderr which goals changed, how
many changes were delivered and where to, how many are pending and why, what was not reported, and what to do about it;
and it shows a mapping for a table that looks like one of goals.

  OTEL_EXPORTER_OTLP_ENDPOINT   where the events go           default http://localhost:4318
  OTEL_SERVICE_NAME             what the agent is called      default the name in its package.json, else its script's
  OTEL_LOG_LEVEL=warn           says what goes wrong
`

export const command: Command = {
  help: HELP,
  async run(args) {
    const dashes = args.indexOf('--')
    const own = dashes < 0 ? args : args.slice(0, dashes)
    const { values, positionals } = parse('run', own, {
      allowPositionals: true,
      options: { map: { type: 'boolean' }, objectives: { type: 'boolean' } },
    })
    const [name, ...rest] = dashes < 0 ? [] : args.slice(dashes + 1)
    if (name === undefined || positionals.length > 0) {
      throw new UsageError('Give the command after two dashes: `goaltrace run -- node agent.js`.')
    }
    return await runCommand(name, rest, {
      ...(values.map && { GOALTRACE_MAP: 'true' }),
      ...(values.objectives && { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' }),
    })
  },
}

async function runCommand(name: string, args: readonly string[], asked: NodeJS.ProcessEnv): Promise<number> {
  const options = [process.env.NODE_OPTIONS, `--import=${registerUrl()}`].filter(Boolean).join(' ')
  const notes = newNotes()
  Object.assign(process.env, asked)
  const env = { ...process.env, NODE_OPTIONS: options, [RUN_NOTES]: notes && join(notes, NOTES) }
  const child = spawn(name, args, { stdio: 'inherit', env })
  // A terminal's Ctrl-C reaches the child, too; what is sent to this process alone is passed on.
  const ignore = () => {}
  const pass = (signal: NodeJS.Signals) => void child.kill(signal)
  process.on('SIGINT', ignore).on('SIGTERM', pass)
  const [code, signal] = (await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    remove(notes)
    throw notStarted(name, error)
  })) as [number | null, NodeJS.Signals | null]
  if (notes) await report(join(notes, NOTES), [name, ...args])
  remove(notes)
  process.off('SIGINT', ignore).off('SIGTERM', pass)
  if (signal === null) return code ?? 1
  process.kill(process.pid, signal)
  // Where a signal ends nothing, as in a container's first process: what a shell would say.
  return 128 + constants.signals[signal]
}

const NOTES = 'notes'

/** A new folder; undefined where there is no room for one, and then nothing is reported. */
function newNotes(): string | undefined {
  try {
    return mkdtempSync(join(tmpdir(), 'goaltrace-run-'))
  } catch {
    return undefined
  }
}

/** The agent has ended, and how it did is what counts: what keeps the findings from being reported is reported in their place. */
async function report(notes: string, command: readonly string[]): Promise<void> {
  const lines = await foundBy(notes, command).catch((error: unknown) => [
    `cannot report what was found: ${reason(error)}`,
  ])
  // Nobody may read it any more.
  process.stderr.on('error', () => {})
  for (const line of lines) process.stderr.write(`goaltrace: ${line}\n`)
}

function remove(notes: string | undefined): void {
  if (!notes) return
  try {
    rmSync(notes, { recursive: true, force: true })
  } catch {
    // A few lines stay where temporary files do.
  }
}
