import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import process from 'node:process'
import { type Command, Failure, parse, UsageError } from './command.ts'
import { registerUrl } from './package-file.ts'

const HELP = `goaltrace run: runs an agent, and observes its goals

  goaltrace run -- COMMAND [argument…]

  goaltrace run -- node agent.js --fast
  goaltrace run -- npm start

It adds --import goaltrace/register to NODE_OPTIONS, so that every Node process of the command is observed, and ends as
the command does, with its exit code or signal.

  OTEL_EXPORTER_OTLP_ENDPOINT   where the events go           default http://localhost:4318
  OTEL_SERVICE_NAME             what the agent is called
  OTEL_LOG_LEVEL=warn           says what goes wrong
`

export const command: Command = {
  help: HELP,
  async run(args) {
    const dashes = args.indexOf('--')
    const own = dashes < 0 ? args : args.slice(0, dashes)
    const { positionals } = parse('run', own, { allowPositionals: true })
    const [name, ...rest] = dashes < 0 ? [] : args.slice(dashes + 1)
    if (name === undefined || positionals.length > 0) {
      throw new UsageError('Give the command behind two dashes: `goaltrace run -- node agent.js`.')
    }
    return await runCommand(name, rest)
  },
}

async function runCommand(name: string, args: readonly string[]): Promise<number> {
  const options = [process.env.NODE_OPTIONS, `--import=${registerUrl()}`].filter(Boolean).join(' ')
  const child = spawn(name, args, { stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: options } })
  // A terminal's Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  const ignore = () => {}
  const pass = (signal: NodeJS.Signals) => void child.kill(signal)
  process.on('SIGINT', ignore).on('SIGTERM', pass)
  const [code, signal] = (await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Failure(`There is no command ${name}: is it spelled as your shell knows it?`)
    throw new Failure(`${name} cannot be run: ${error.message}.`)
  })) as [number | null, NodeJS.Signals | null]
  process.off('SIGINT', ignore).off('SIGTERM', pass)
  if (signal === null) return code ?? 1
  process.kill(process.pid, signal)
  // Where a signal ends nothing, as in a container's first process: what a shell would say.
  return 128 + constants.signals[signal]
}
