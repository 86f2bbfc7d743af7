import { type Command, HelpAsked, UsageError } from '../lib/command.ts'
import { type CommandList, commandLines, loadCommand, runCommand } from '../lib/command-list.ts'

const SUBCOMMANDS: CommandList = {
  watch: {
    summary: 'reports the goals of Codex, from the files that it writes',
    load: () => import('./codex-watch.ts'),
  },
  'app-server': {
    summary: "runs Codex's app-server for an editor, and notes who its client is",
    load: () => import('./codex-app-server.ts'),
  },
  replay: {
    summary: 'prints the goal events of a recording of Codex',
    load: () => import('./codex-replay.ts'),
  },
}

const HELP = `goaltrace codex: the goals of Codex, without a part of goaltrace in it

${commandLines(SUBCOMMANDS, 'goaltrace codex ')}

\`goaltrace codex SUBCOMMAND --help\` says more.
`

export const command: Command = {
  help: HELP,
  async run([name, ...rest]) {
    if (name === undefined || name === '--help' || name === '-h') throw new HelpAsked()
    const subcommand = await loadCommand(SUBCOMMANDS, name)
    if (subcommand) return runCommand(subcommand, rest)
    throw new UsageError(`There is no ${JSON.stringify(name)} of codex: \`goaltrace help codex\` lists what there is.`)
  },
}
