import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'
import { stateDirectory } from '../../base/state-directory.ts'
import { type Command, Failure, parse } from '../lib/command.ts'
import { packageFile } from '../lib/package-file.ts'

const IMAGE = 'otel/opentelemetry-collector-contrib:0.145.0'

const HELP = `goaltrace collector: runs an OpenTelemetry Collector that makes analytics payloads of goal events

  goaltrace collector [--config FILE] [--validate]

  --config FILE   another configuration           default collector/config.yaml of this package
  --validate      check the configuration, and end

It runs the first there is: otelcol-contrib or otelcol on the PATH, .cache/collector/otelcol (collector/build.sh builds it),
the image ${IMAGE} by docker.

  ANALYTICS_URL, ANALYTICS_TOKEN    the analytics backend                     default http://127.0.0.1:4319
  OTLP_BACKEND_URL                  any OTLP backend for everything           default none
  COLLECTOR_DATA                    where its queues are kept                 default collector in the state directory
  COLLECTOR_GRPC, COLLECTOR_HTTP    where it listens                          default 127.0.0.1:4317, 127.0.0.1:4318
  COLLECTOR_HEALTH                  where it answers health checks            default 127.0.0.1:13133
  COLLECTOR_METRICS_HOST, _PORT     where Prometheus scrapes its metrics      default 127.0.0.1, 8888
`

/** A way to run the Collector. */
interface Runner {
  readonly what: string
  readonly program: string
  readonly args: readonly string[]
}

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values } = parse('collector', args, {
      options: { config: { type: 'string' }, validate: { type: 'boolean' } },
    })
    const config = resolve(values.config ?? packageFile('collector/config.yaml'))
    if (!existsSync(config))
      throw new Failure(`There is no file ${config}: name a Collector's configuration by --config.`)
    const env = settings()
    const { what, program, args: first } = await runner(config, env)
    const asked = values.validate ? ['validate'] : []
    mkdirSync(env.COLLECTOR_DATA, { recursive: true })
    process.stdout.write(`${what}\n${config}\n`)
    if (!values.validate)
      process.stdout.write(`listening on ${env.COLLECTOR_HTTP} and ${env.COLLECTOR_GRPC}; Ctrl-C stops it\n`)
    return ended(spawn(program, [...first, ...asked, '--config', config], { env, stdio: 'inherit' }))
  },
}

type Settings = NodeJS.ProcessEnv & Readonly<Record<(typeof SETTINGS)[number], string>>
const SETTINGS = [
  'COLLECTOR_DATA',
  'COLLECTOR_GRPC',
  'COLLECTOR_HTTP',
  'COLLECTOR_HEALTH',
  'COLLECTOR_METRICS_HOST',
] as const

/** Variables in place of the file's defaults, which are meant for a container and would listen on every address. */
function settings(): Settings {
  const {
    COLLECTOR_DATA = join(stateDirectory(), 'collector'),
    COLLECTOR_GRPC = '127.0.0.1:4317',
    COLLECTOR_HTTP = '127.0.0.1:4318',
    COLLECTOR_HEALTH = '127.0.0.1:13133',
    COLLECTOR_METRICS_HOST = '127.0.0.1',
  } = process.env
  const where = { COLLECTOR_GRPC, COLLECTOR_HTTP, COLLECTOR_HEALTH, COLLECTOR_METRICS_HOST }
  return { ...process.env, COLLECTOR_DATA: resolve(COLLECTOR_DATA), ...where }
}

async function runner(config: string, env: Settings): Promise<Runner> {
  for (const name of ['otelcol-contrib', 'otelcol']) {
    const program = onPath(name)
    if (program) return { what: `${name} from the PATH: ${program}`, program, args: [] }
  }
  const built = packageFile('.cache/collector/otelcol')
  if (isProgram(built)) return { what: `The Collector that was built: ${built}`, program: built, args: [] }
  const docker = onPath('docker')
  if (docker && (await answers(docker)))
    return { what: `The image ${IMAGE}`, program: docker, args: container(config, env) }
  throw new Failure(
    'No Collector was found: put otelcol-contrib on the PATH (https://opentelemetry.io/docs/collector/install/), start ' +
      'Docker, or build one by collector/build.sh, which needs Go.',
  )
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Docker's client is there without its engine, too. */
async function answers(docker: string): Promise<boolean> {
  return (await ended(spawn(docker, ['info'], { stdio: 'ignore' }))) === 0
}

/** It shares the host's network, in which 127.0.0.1 is also where the backend is. */
function container(config: string, env: Settings): string[] {
  const user = process.getuid && process.getgid ? ['--user', `${process.getuid()}:${process.getgid()}`] : []
  const mounts = [`${config}:${config}:ro`, `${env.COLLECTOR_DATA}:${env.COLLECTOR_DATA}`].flatMap((at) => ['-v', at])
  const named = readFileSync(config, 'utf8').matchAll(/\$\{env:(\w+)/g)
  const variables = [...new Set(Array.from(named, ([, name = '']) => name))].filter((name) => env[name] !== undefined)
  return ['run', '--rm', '--network', 'host', ...user, ...mounts, ...variables.flatMap((name) => ['-e', name]), IMAGE]
}

/** Its exit code. What would end this process ends the Collector, and this process when that is done. */
async function ended(child: ChildProcess): Promise<number> {
  // A terminal signals the Collector, too; it ends once.
  const end = () => void child.kill('SIGTERM')
  process.on('SIGINT', end).on('SIGTERM', end)
  try {
    const [code] = await once(child, 'exit')
    return code ?? 1
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}
