import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Figure, median, milliseconds, tableOf } from './figures.ts'
import { outputOf, REGISTER, ROOT, scratchFolder, startNode, startSink } from './processes/child.ts'

/**
 * What `--import goaltrace/register` adds to a start, until the agent's last line, beside OpenTelemetry's own
 * auto-instrumentation: node bench/register.ts [ROUNDS].
 */
const [ROUNDS = 21] = import.meta.main ? process.argv.slice(2).map(Number) : []

interface Reach {
  readonly ms: number
  readonly mb?: number
}

const NO_DATABASE: Reach = { ms: 40 }
const WITH_GOAL: Reach = { ms: 90, mb: 25 }

/** Installed for the measurement only: users of goaltrace do not need it. */
const OTHER = '@opentelemetry/auto-instrumentations-node'
const OTHER_VERSION = '0.82.0'
/** A registry that does not answer must not hold up the other figures for ever. */
const INSTALL_LIMIT_MS = 120_000

export async function registerFigures(rounds = ROUNDS): Promise<Figure[]> {
  const folder = scratchFolder()
  const sink = await startSink()
  let files = 0
  const start = async (args: readonly string[]) => {
    const output = await outputOf(
      startNode(args, {
        GOALTRACE_STATE_DIR: join(folder, 'state'),
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
        OTEL_BLRP_SCHEDULE_DELAY: '600000',
        // Cloud detectors would query the network.
        OTEL_NODE_RESOURCE_DETECTORS: 'none',
      }),
    )
    return JSON.parse(output) as { ms: number; rss: number }
  }
  const idle = () => ['bench/agents/idle-agent.mjs']
  const withGoal = () => ['bench/agents/ending-agent.mjs', join(folder, `${files++}.sqlite`), '1', '0']
  const agents = [
    { what: 'no goal database', args: idle, reach: NO_DATABASE },
    { what: 'a goal created in a database', args: withGoal, reach: WITH_GOAL },
  ]
  const starts = [
    { what: 'register', node: REGISTER, promised: true },
    { what: `${OTHER} ${OTHER_VERSION}`, node: ['--import', otherRegister()], promised: false },
  ]
  const ways = agents.flatMap((agent) =>
    starts.map((start) => ({ agent, start, ms: [] as number[], mb: [] as number[] })),
  )
  const alone = new Map(agents.map((agent) => [agent, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const agent of agents) {
      const bare = await start(agent.args())
      alone.get(agent)?.push(bare.ms)
      for (const way of ways.filter((way) => way.agent === agent)) {
        const registered = await start([...way.start.node, ...agent.args()])
        way.ms.push(registered.ms - bare.ms)
        way.mb.push((registered.rss - bare.rss) / 2 ** 20)
      }
    }
  }
  sink.stop()
  return ways.map(({ agent, start: { what, promised }, ms, mb }) => {
    const { reach } = agent
    const without = milliseconds(median(alone.get(agent) ?? []))
    return {
      what: `start delayed by ${what}, ${agent.what}`,
      measured: `${milliseconds(median(ms))}, ${median(mb).toFixed(0)} MB (of ${without} without)`,
      ...(promised && {
        reach: reach.mb === undefined ? `${reach.ms} ms` : `${reach.ms} ms, ${reach.mb} MB`,
        reached: median(ms) <= reach.ms && median(mb) <= (reach.mb ?? Number.POSITIVE_INFINITY),
      }),
    }
  })
}

function otherRegister(): string {
  const folder = join(ROOT, '.cache', 'bench', `auto-instrumentations-node-${OTHER_VERSION}`)
  if (!existsSync(join(folder, 'node_modules'))) {
    mkdirSync(folder, { recursive: true })
    const dependencies = { [OTHER]: OTHER_VERSION, '@opentelemetry/api': '1.10.0', '@opentelemetry/core': '^3.0.0' }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
    console.error(`${OTHER} is installed into ${folder}, for this comparison alone`)
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund']
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], timeout: INSTALL_LIMIT_MS })
  }
  return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(`${OTHER}/register`)).href
}

if (import.meta.main) console.log(tableOf(await registerFigures()))
