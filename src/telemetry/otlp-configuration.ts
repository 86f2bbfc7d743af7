import { readFileSync } from 'node:fs'
import type { Agent } from 'node:http'
import { resolve } from 'node:path'
import { parseKeyPairsIntoRecord } from '@opentelemetry/core'
import { reason, warnOnce } from '../base/diagnose.ts'
import { choiceOf, textOf, timeLimitOf } from '../base/environment.ts'
import { VERSION } from '../base/version.ts'
import { otlpUrl, type Signal } from './destination.ts'
import { envProxy } from './env-proxy.ts'
import { type OtlpProtocol, protocolOf } from './otlp-protocol.ts'
import type { Retries } from './retries.ts'
import { unrefAgents } from './unref-agents.ts'

export interface OtlpConfiguration {
  readonly url: string
  readonly protocol: OtlpProtocol
  /** Tried where a receiver does not take the first (415, 400); undefined where the user has chosen a protocol. */
  readonly otherProtocol: OtlpProtocol | undefined
  readonly headers: Readonly<Record<string, string>>
  /** The timeout of a request with all its attempts. */
  readonly timeoutMillis: number
  readonly compression: 'none' | 'gzip'
  readonly agentFactory: (protocol: string) => Agent
  readonly retries: Retries
}

const DEFAULT_TIMEOUT_MS = 10_000
/** Not the specification's default: any tool can show JSON, and the few receivers that take protobuf alone answer 415 or 400. */
const DEFAULT_PROTOCOL = 'http/json'
const OTHER_PROTOCOL = 'http/protobuf'
/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#user-agent */
const USER_AGENT = `goaltrace/${VERSION}`

/**
 * How a signal is sent, as https://opentelemetry.io/docs/specs/otel/protocol/exporter/ says. Read here, as OpenTelemetry's
 * exporters drop the certificates where they are given an agent, and report what is malformed once a signal.
 */
export function otlpConfiguration(signal: Signal, env: NodeJS.ProcessEnv, retries: Retries): OtlpConfiguration {
  const names = (option: string) => [`OTEL_EXPORTER_OTLP_${signal}_${option}`, `OTEL_EXPORTER_OTLP_${option}`] as const
  const first = <T>(option: string, read: (name: string) => T | undefined) => {
    const [own, all] = names(option)
    return read(own) ?? read(all)
  }
  const timeoutMillis = first('TIMEOUT', (name) => timeLimitOf(env, name)) ?? DEFAULT_TIMEOUT_MS
  const file = (option: string) =>
    fileOf(
      first(option, (name) => (textOf(env, name) ? name : undefined)),
      env,
    )
  const named = first('PROTOCOL', (name) => protocolOf(env, name))
  const [ownHeaders, allHeaders] = names('HEADERS').map((name) => headersOf(name, env))
  return {
    url: otlpUrl(signal, env),
    protocol: named ?? DEFAULT_PROTOCOL,
    otherProtocol: named === undefined ? OTHER_PROTOCOL : undefined,
    headers: { 'user-agent': USER_AGENT, ...allHeaders, ...ownHeaders },
    timeoutMillis,
    compression: first('COMPRESSION', (name) => choiceOf(env, name, ['none', 'gzip'])) ?? 'none',
    agentFactory: unrefAgents({
      ca: file('CERTIFICATE'),
      cert: file('CLIENT_CERTIFICATE'),
      key: file('CLIENT_KEY'),
      timeout: timeoutMillis,
      proxies: () => envProxy(env),
    }),
    retries,
  }
}

/** What of it cannot be sent is left out, and reported: each request would fail. Its values may be secret. */
function headersOf(variable: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const text = textOf(env, variable) ?? ''
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  const entries = pairs.flatMap((pair) => {
    const [header] = Object.entries(parseKeyPairsIntoRecord(pair))
    const fault = header ? faultOf(...header) : 'is not key=value'
    if (header && fault === undefined) return [header]
    const name = JSON.stringify(pair.split('=', 1)[0]?.trim())
    warnOnce(`${variable} ${name}`, `${variable}: the header ${name} is not sent, as it ${fault}`)
    return []
  })
  return Object.fromEntries(entries)
}

function faultOf(name: string, value: string): string | undefined {
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http')
  try {
    validateHeaderName(name)
  } catch {
    return 'has a name that HTTP does not allow'
  }
  try {
    validateHeaderValue(name, value)
    return undefined
  } catch {
    return 'has a value that HTTP does not allow'
  }
}

function fileOf(variable: string | undefined, env: NodeJS.ProcessEnv): Buffer | undefined {
  const path = variable && env[variable]
  if (!path) return undefined
  try {
    return readFileSync(resolve(path))
  } catch (error) {
    warnOnce(variable, `${variable} cannot be read, and is ignored: ${reason(error)}`)
    return undefined
  }
}
