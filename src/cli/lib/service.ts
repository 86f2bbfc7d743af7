import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { isDisabled } from '../../base/environment.ts'
import { Failure } from './command.ts'
import { launchdPlist, type Service, systemdUnit } from './service-file.ts'

interface System {
  readonly file: string
  readonly text: string
  readonly start: readonly (readonly string[])[]
  readonly stop: readonly (readonly string[])[]
}

export interface ServiceScope {
  /** What its name depends on besides its arguments. */
  readonly keys?: readonly string[]
  /** Variables that it needs besides those of goaltrace and OpenTelemetry. */
  readonly variables?: readonly string[]
}

/** `goaltrace ARGS…` as a service, with what the environment says now. */
export function serviceOf(args: readonly string[], scope: ServiceScope = {}, env = process.env): Service {
  const { keys = [], variables = [] } = scope
  const isKept = (name: string) => /^(OTEL_|GOALTRACE_|XDG_STATE_HOME$|CODEX_)/.test(name) || variables.includes(name)
  const kept = Object.entries(env).filter(([name]) => isKept(name))
  const hash = createHash('sha256')
    .update([...args, ...keys].join('\0'))
    .digest('hex')
    .slice(0, 8)
  return {
    name: `goaltrace-${args[0]}-${hash}`,
    command: [process.execPath, process.argv[1] ?? '', ...args],
    folder: process.cwd(),
    environment: Object.fromEntries(kept) as Record<string, string>,
  }
}

/** Shows what it would write, asks, and does it. @throws {Failure} where that cannot be. */
export async function installService(service: Service, isAgreed: boolean): Promise<number> {
  if (isDisabled(service.environment)) {
    throw new Failure('OTEL_SDK_DISABLED is true, so that the service would do nothing: unset it and install it then.')
  }
  const { file, text, start } = systemOf(service)
  process.stdout.write(`${file}\n\n${text}\n`)
  if (!isAgreed && !(await isAnswered('Write this file and start the service? [y/N] '))) {
    process.stdout.write('nothing is written\n')
    return 1
  }
  mkdirSync(dirname(file), { recursive: true })
  // Headers for a receiver may be secret.
  writeFileSync(file, text, { mode: 0o600 })
  run(start, 'It is written, but not started')
  process.stdout.write(
    `${service.name} runs, and starts with each login; the same command with --uninstall ends that\n`,
  )
  return 0
}

/** Stops the service and removes its file. What is pending stays for the next start. */
export function uninstallService(service: Service): number {
  const { file, stop } = systemOf(service)
  if (!existsSync(file)) throw new Failure(`There is no ${file}: give the files as they were given to --install.`)
  run(stop, 'It is not stopped')
  rmSync(file)
  process.stdout.write(`${service.name} is stopped and removed\n`)
  return 0
}

function systemOf(service: Service): System {
  const { name } = service
  if (process.platform === 'darwin') {
    const domain = `gui/${userInfo().uid}`
    const file = join(homedir(), 'Library', 'LaunchAgents', `${name}.plist`)
    return {
      ...{ file, text: launchdPlist(service) },
      start: [['launchctl', 'bootstrap', domain, file]],
      stop: [['launchctl', 'bootout', `${domain}/${name}`]],
    }
  }
  if (process.platform !== 'linux') {
    throw new Failure(`There are no services of a user on ${process.platform} that goaltrace knows: start it by hand.`)
  }
  const systemctl = (...args: string[]) => ['systemctl', '--user', ...args]
  const config = process.env.XDG_CONFIG_HOME || join(homedir(), '.config')
  return {
    ...{ file: join(config, 'systemd', 'user', `${name}.service`), text: systemdUnit(service) },
    start: [systemctl('daemon-reload'), systemctl('enable', '--now', name)],
    stop: [systemctl('disable', '--now', name)],
  }
}

function run(commands: readonly (readonly string[])[], otherwise: string): void {
  for (const [program = '', ...args] of commands) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
    if (status === 0) continue
    const why = error ? error.message : stderr.trim()
    throw new Failure(`${otherwise}, because \`${[program, ...args].join(' ')}\` failed (${why}): run it yourself.`)
  }
}

async function isAnswered(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Failure('Nobody can be asked here: add --yes to write the file and start the service.')
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test(await lines.question(question))
  } finally {
    lines.close()
  }
}
