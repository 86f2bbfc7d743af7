import { readFileSync } from 'node:fs'
import type { Agent } from 'node:http'
import { resolve } from 'node:path'
import { parseKeyPairsIntoRecord } from '@opentelemetry/core'
import { reason, warnOnce } from '../base/diagnose.ts'
import { choiceOf, textOf, timeLimitOf } from '../base/environment.ts'
import { VERSION } from '../base/version.ts'
import { otlpUrl, type Signal } from './destination.ts'
import { envProxy } from './env-proxy.ts'
import type { Retries } from './retries.ts'
import { unrefAgents } from './unref-agents.ts'

export interface OtlpConfiguration {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The timeout of a request with all its attempts. */
  readonly timeoutMillis: number
  readonly compression: 'none' | 'gzip'
  readonly agentFactory: (protocol: string) => Agent
  readonly retries: Retries
}

const DEFAULT_TIMEOUT_MS = 10_000
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
  const [ownHeaders, allHeaders] = names('HEADERS').map((name) => parseKeyPairsIntoRecord(textOf(env, name)))
  return {
    url: otlpUrl(signal, env),
    headers: { 'user-agent': USER_AGENT, ...allHeaders, ...ownHeaders, 'content-type': 'application/json' },
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
