import { createRequire } from 'node:module'
import process from 'node:process'
import { styleText } from 'node:util'
import { StateDirectoryError } from '../base/state-directory.ts'
import { NoDriverError } from '../sqlite/drivers.ts'
import { type Command, Failure, UsageError } from './lib/command.ts'
import { type CommandList, commandLines, loadCommand, runCommand } from './lib/command-list.ts'

const COMMANDS: CommandList = {
  demo: { summary: 'shows goals of two agents arrive in a backend', load: () => import('./commands/demo.ts') },
  run: { summary: 'runs an agent, and observes its goals', load: () => import('./commands/run.ts') },
  backend: {
    summary: 'receives the goal events of agents, keeps them, shows them',
    load: () => import('./commands/backend.ts'),
  },
  goals: {
    summary: 'lists the goals that a backend keeps, live with --watch',
    load: () => import('./commands/goals.ts'),
  },
  goal: { summary: "shows one goal's history", load: () => import('./commands/goal.ts') },
  collector: {
    summary: 'runs a Collector that makes analytics payloads of them',
    load: () => import('./commands/collector.ts'),
  },
  outbox: { summary: "shows what is pending in an agent's database", load: () => import('./commands/outbox.ts') },
  relay: { summary: "delivers what is pending in an agent's database", load: () => import('./commands/relay.ts') },
  watch: {
    summary: 'reports the goals in a database that any program writes',
    load: () => import('./commands/watch.ts'),
  },
  doctor: {
    summary: 'checks whether everything fits, and says what to do',
    load: () => import('./commands/doctor.ts'),
  },
  remove: {
    summary: "removes every trace of goaltrace from an agent's database",
    load: () => import('./commands/remove.ts'),
  },
  replay: {
    summary: 'plays recorded steps of an agent, and prints the events',
    load: () => import('./commands/replay.ts'),
  },
  codex: {
    summary: 'reports the goals of Codex, from the files that it writes',
    load: () => import('./commands/codex.ts'),
  },
}

/** @returns the exit code: 0 done, 1 it failed, 2 wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  process.stdout.on('error', endWithReader)
  process.stderr.on('error', goOnWithoutReader)
  try {
    return await dispatch(args)
  } catch (error) {
    process.stderr.write(`${styleText('red', 'goaltrace:', { stream: process.stderr })} ${messageOf(error)}\n`)
    if (error instanceof Failure) return error.exitCode
    return error instanceof UsageError ? 2 : 1
  }
}

async function dispatch([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') return print(overview())
  if (name === '--version' || name === '-v') return print(`${version()}\n`)
  if (name === 'help') return print(rest[0] === undefined ? overview() : (await load(rest[0])).help)
  return runCommand(await load(name), rest)
}

/** A reader that closes the pipe, such as `head`, has what it wants. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

/** Errors of stderr are ignored: the exit code says what went wrong, and a backend need not stop. */
function goOnWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

async function load(name: string): Promise<Command> {
  const command = await loadCommand(COMMANDS, name)
  if (command) return command
  const what = name.startsWith('-') ? 'option' : 'command'
  throw new UsageError(`There is no ${what} ${JSON.stringify(name)}: \`goaltrace help\` lists the commands.`)
}

function messageOf(error: unknown): string {
  if ([UsageError, Failure, NoDriverError, StateDirectoryError].some((known) => error instanceof known))
    return (error as Error).message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function overview(): string {
  return `${styleText('bold', 'goaltrace')}: OpenTelemetry for the goals of AI agents

  goaltrace COMMAND [options]

${commandLines(COMMANDS)}

Quick start, in two terminals:

  goaltrace backend
  goaltrace run --map -- node agent.mjs

\`goaltrace help COMMAND\` says more.
`
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function version(): string {
  return createRequire(import.meta.url)('goaltrace/package.json').version
}
