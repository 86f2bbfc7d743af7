import { type ParseArgsConfig, parseArgs } from 'node:util'

/** What a file of this folder exports, as `command`. */
export interface Command {
  /** The text of `goaltrace help COMMAND`. */
  readonly help: string
  /** @returns the exit code: 0 done, 1 it failed, 2 wrong usage; of a command that is run, its own. */
  run(args: readonly string[]): Promise<number>
}

/** Wrong usage: exit code 2. The message is one sentence that names the next step. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A failure that the user can do something about: the message without a stack. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Why a command was not started, with the exit code that a shell has for it. */
export function notStarted(name: string, { code, message }: NodeJS.ErrnoException): Failure {
  if (code === 'ENOENT') return new Failure(`There is no command ${name}: is it on PATH?`, 127)
  return new Failure(`${name} cannot be run: ${message}.`, 126)
}

/** `--help` stood among a command's options. */
export class HelpAsked extends Error {
  override readonly name = 'HelpAsked'
}

/**
 * node:util's parseArgs, with `--help` for every command.
 * @throws {UsageError} for what parseArgs refuses.
 * @throws {HelpAsked}
 */
export function parse<T extends Omit<ParseArgsConfig, 'args'>>(
  name: string,
  args: readonly string[],
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    const options = { ...config.options, help: { type: 'boolean', short: 'h' } } as const
    const parsed = parseArgs({ ...config, args: [...args], options })
    if ((parsed.values as { help?: boolean }).help) throw new HelpAsked()
    refuseEmpty(name, parsed.values)
    return parsed as unknown as ReturnType<typeof parseArgs<T>>
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // Its messages go on with hints on '--' that do not help here.
    const [said] = error.message.split(/[.\n]/)
    throw new UsageError(`${said}: \`goaltrace help ${name}\` shows what it takes.`)
  }
}

/**
 * For a command that takes one operand.
 * @param give The sentence for the user if it is missing, empty or not alone.
 * @throws {UsageError} with `give`, or for what parseArgs refuses.
 * @throws {HelpAsked}
 */
export function parseOne<T extends NonNullable<ParseArgsConfig['options']>>(
  name: string,
  args: readonly string[],
  options: T,
  give: string,
): { values: ReturnType<typeof parseArgs<{ options: T }>>['values']; operand: string } {
  const { values, positionals } = parse(name, args, { options, allowPositionals: true })
  const [operand, ...more] = positionals
  if (!operand || more.length > 0) throw new UsageError(give)
  return { values, operand }
}

/** An empty value is usually an unset variable of the shell; a default must not silently take its place. */
function refuseEmpty(name: string, values: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(values)) {
    if (value !== '' && !(Array.isArray(value) && value.includes(''))) continue
    throw new UsageError(`--${option} is empty: \`goaltrace help ${name}\` shows what it takes.`)
  }
}
