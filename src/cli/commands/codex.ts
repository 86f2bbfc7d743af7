import { type Command, HelpAsked, UsageError } from '../lib/command.ts'

interface Subcommand {
  readonly summary: string
  load(): Promise<{ readonly command: Command }>
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  watch: {
    summary: 'reports the goals of Codex, from the files that it writes',
    load: () => import('./codex-watch.ts'),
  },
  replay: {
    summary: 'prints the goal events of a recording of Codex',
    load: () => import('./codex-replay.ts'),
  },
}

const HELP = `goaltrace codex: the goals of Codex, without a part of goaltrace in it

${Object.entries(SUBCOMMANDS)
  .map(([name, { summary }]) => `  goaltrace codex ${name.padEnd(6)}   ${summary}`)
  .join('\n')}

\`goaltrace codex SUBCOMMAND --help\` says more.
`

export const command: Command = {
  help: HELP,
  async run([name, ...rest]) {
    if (name === undefined || name === '--help' || name === '-h') throw new HelpAsked()
    const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined
    if (!subcommand)
      throw new UsageError(
        `There is no ${JSON.stringify(name)} of codex: \`goaltrace help codex\` lists what there is.`,
      )
    const { command } = await subcommand.load()
    try {
      return await command.run(rest)
    } catch (error) {
      if (!(error instanceof HelpAsked)) throw error
      process.stdout.write(command.help)
      return 0
    }
  },
}
