import { join, resolve } from 'node:path'
import process from 'node:process'
import { styleText } from 'node:util'
import { startBackend } from '../../backend/server.ts'
import { stateDirectory } from '../../base/state-directory.ts'
import type { Prices } from '../../goal/prices.ts'
import { configuredPrices } from '../../mapping/config-file.ts'
import { NoDriverError } from '../../sqlite/drivers.ts'
import { sizeOf, timeOf } from '../lib/amount.ts'
import { type Command, Failure, parse, UsageError } from '../lib/command.ts'
import { becomeLean, WORKS } from '../lib/lean-process.ts'
import { collectAtRest } from '../lib/memory-at-rest.ts'
import { givenToken } from '../lib/token.ts'
import { webAddress } from '../lib/web-address.ts'

const HELP = `goaltrace backend: receives the goal events of agents, keeps each once, shows them

  goaltrace backend [--port 4318] [--host 127.0.0.1] [--db FILE] [--jaeger URL]
                    [--stale TIME] [--prices FILE]
                    [--retention TIME] [--max-size SIZE]

  --port PORT       where to listen; 0 takes a free port               default 4318, OTLP's
  --host HOST       the address; beyond loopback it needs a token       default 127.0.0.1
  --db FILE         the SQLite file; made where there is none           default backend.db in the state directory
  --jaeger URL      where Jaeger's page is: traces of goals link to it
  --stale TIME      after how long without an event an active goal is stale, such as 20m or 2h: its agent may have died
                                                                       default 20m
  --prices FILE     what tokens cost by model: "prices" in this JSON file; costs are shown then
                                                                       default goaltrace.config.json, where it has prices
  --retention TIME  how long events are kept, such as 36h, 90d or 12w   default for ever
  --max-size SIZE   how large the file may become, such as 2GB          default without limit

Where one of the last two is given, the oldest go first, be it events or spans, a goal with the last of its events; what was removed
is reported on stderr, at most once a minute.

  GOALTRACE_TOKEN       the token that requests must then carry: Authorization: Bearer …; printable ASCII
  GOALTRACE_STATE_DIR   the state directory                         default $XDG_STATE_HOME/goaltrace or ~/.local/state/goaltrace

Agents send to it by OTLP/HTTP, in JSON or protobuf, as goaltrace does by default, or through a Collector by collector/config.yaml.
`

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values } = parse('backend', args, {
      options: {
        port: { type: 'string', default: '4318' },
        host: { type: 'string', default: '127.0.0.1' },
        db: { type: 'string' },
        jaeger: { type: 'string' },
        stale: { type: 'string' },
        prices: { type: 'string' },
        retention: { type: 'string' },
        'max-size': { type: 'string' },
      },
    })
    const { host, db, stale, retention, 'max-size': maxSize } = values
    const port = portOf(values.port)
    const jaeger =
      values.jaeger === undefined ? undefined : webAddress('--jaeger', values.jaeger, 'http://127.0.0.1:16686')
    const limits = {
      age: retention === undefined ? undefined : timeOf('--retention', retention),
      size: maxSize === undefined ? undefined : sizeOf('--max-size', maxSize),
    }
    const file = resolve(db ?? join(stateDirectory(), 'backend.db'))
    const token = givenToken()
    becomeLean(WORKS)
    collectAtRest()
    const backend = await startBackend({
      port,
      host,
      file,
      token,
      jaeger,
      staleAfter: stale === undefined ? undefined : timeOf('--stale', stale),
      prices: pricesIn(values.prices),
      limits,
      report: (trouble) => process.stderr.write(`${trouble}\n`),
    }).catch((error: NodeJS.ErrnoException) => {
      throw explained(error, host, port, file)
    })
    const end = interrupted()
    process.stdout.write(
      `${styleText('bold', 'goaltrace backend')}: its address opens a page in a browser, and takes what agents send\n\n  listening  ${backend.url}\n  database   ${file}\n\nCtrl-C stops it.\n`,
    )
    await end
    await backend.close()
    const { stored, duplicates, rejected } = backend.counts
    process.stdout.write(`\nstored ${stored}, delivered again ${duplicates}, rejected ${rejected}\n`)
    return 0
  },
}

/** @throws {UsageError} naming the file and what in it is not valid. */
function pricesIn(file: string | undefined): Prices | undefined {
  try {
    return configuredPrices(file)
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`)
  }
}

export function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new UsageError(`--port ${text} is not a port: give a number from 0 (a free one) to 65535.`)
}

function explained(error: NodeJS.ErrnoException, host: string, port: number, file: string): Error {
  if (error instanceof NoDriverError) return error
  if (error instanceof TypeError) return new UsageError(`${error.message}.`)
  if (error.code === 'EADDRINUSE') {
    return new Failure(
      `Port ${port} is taken, perhaps by another \`goaltrace backend\` or demo, or by a Collector: ` +
        'name another with --port, or --port 0 for a free one.',
    )
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new Failure(`${host} is not an address of this machine: name another with --host.`)
  }
  if (error.code === 'EACCES' && error.syscall === 'listen') {
    return new Failure(`Port ${port} needs root: name one above 1023 with --port.`)
  }
  // It names the file and what to do already.
  if (error.message.startsWith(file)) return new Failure(`${error.message} with --db.`)
  return new Failure(
    `The backend cannot use ${file}: ${error.message.replace(/\.$/, '')}. Name another file with --db.`,
  )
}

async function interrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve)
  })
}
