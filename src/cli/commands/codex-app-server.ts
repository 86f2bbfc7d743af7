import process from 'node:process'
import { type Command, notStarted, parse, UsageError } from '../lib/command.ts'
import { protocolRecorder } from '../lib/protocol-recorder.ts'
import { runTransparently } from '../lib/transparent-child.ts'

const HELP = `goaltrace codex app-server: runs Codex's app-server for an editor, and notes who its client is

  goaltrace codex app-server -- COMMAND [argument…]

  goaltrace codex app-server -- codex app-server

For an editor or an ACP adapter that starts Codex itself: name a script in the place of Codex, as CODEX_PATH does, with

  exec goaltrace codex app-server -- /path/to/codex "$@"

Every byte of its input and output passes as it is; its errors, signals and end are the command's own. What no file of Codex says,
the client's name and version and the turn of each change of a goal, is noted in the state directory, where
\`goaltrace codex watch\`, which reports the goals, takes it from. No text of a goal or of a conversation is noted.
`

export const command: Command = {
  help: HELP,
  async run(args) {
    const dashes = args.indexOf('--')
    const { positionals } = parse('codex', dashes < 0 ? args : args.slice(0, dashes), { allowPositionals: true })
    const [name, ...rest] = dashes < 0 ? [] : args.slice(dashes + 1)
    if (name === undefined || positionals.length > 0) {
      throw new UsageError('Give the command after two dashes: `goaltrace codex app-server -- codex app-server`.')
    }
    // Whatever goes wrong here, the bytes pass, and the errors are the command's own.
    process
      .removeAllListeners('warning')
      .on('uncaughtException', () => {})
      .on('unhandledRejection', () => {})
    const { onPiece, end } = protocolRecorder()
    try {
      const code = await runTransparently(name, rest, onPiece, end)
      // A client that has not closed its end is not waited for.
      process.exit(code)
    } catch (error) {
      throw notStarted(name, error as NodeJS.ErrnoException)
    }
  },
}
