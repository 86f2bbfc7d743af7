import process from 'node:process'
import { type Command, HelpAsked } from './command.ts'

/** Commands by their names, each loaded only when it is asked for: `goaltrace help` needs no SQLite. */
export type CommandList = Readonly<
  Record<string, { readonly summary: string; load(): Promise<{ readonly command: Command }> }>
>

/** @returns undefined if there is no command by this name. */
export async function loadCommand(commands: CommandList, name: string): Promise<Command | undefined> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  return entry && (await entry.load()).command
}

/** Runs a command, or prints its help if that is asked for. @returns its exit code. */
export async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  try {
    return await command.run(args)
  } catch (error) {
    if (!(error instanceof HelpAsked)) throw error
    process.stdout.write(command.help)
    return 0
  }
}

/** A line for each command, for a help text. @param prefix What its name follows there. */
export function commandLines(commands: CommandList, prefix = ''): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length))
  return Object.entries(commands)
    .map(([name, { summary }]) => `  ${prefix}${name.padEnd(width)}  ${summary}`)
    .join('\n')
}
