import { textOf } from '../base/environment.ts'

/** OTLP's own (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). */
export const DEFAULT_ENDPOINT = 'http://localhost:4318'

export type Signal = 'LOGS' | 'TRACES' | 'METRICS'

const PATHS: Readonly<Record<Signal, string>> = { LOGS: 'v1/logs', TRACES: 'v1/traces', METRICS: 'v1/metrics' }

/** An address with white space round it, as a line of a file may leave it, is invalid: OTLP's exporters append a path to it. */
export function isWebAddress(url: string): boolean {
  return url.trim() === url && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/** Whether OTLP's exporters follow what a variable names; else they take it as if it were not set. */
export function isFollowed(variable: string, url: string): boolean {
  // The address of all signals has a path put behind it.
  const ofAll = variable === 'OTEL_EXPORTER_OTLP_ENDPOINT'
  return URL.canParse(ofAll ? `${url.replace(/\/$/, '')}/v1/logs` : url)
}

/** Where a signal is sent by OTLP. */
export function otlpUrl(signal: Signal, env: NodeJS.ProcessEnv): string {
  const own = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`
  const ownUrl = textOf(env, own)
  if (ownUrl !== undefined && isFollowed(own, ownUrl)) return new URL(ownUrl).href
  const all = 'OTEL_EXPORTER_OTLP_ENDPOINT'
  const allUrl = textOf(env, all)
  const base = allUrl !== undefined && isFollowed(all, allUrl) ? allUrl : DEFAULT_ENDPOINT
  return `${base.replace(/\/$/, '')}/${PATHS[signal]}`
}

/** The same for messages, without what in an address is secret. */
export function shownUrl(signal: Signal, env: NodeJS.ProcessEnv = process.env): string {
  const { protocol, host, pathname } = new URL(otlpUrl(signal, env))
  return `${protocol}//${host}${pathname}`
}

/** Where the signals are sent that are sent by OTLP, log records first. */
export function otlpUrls(env: NodeJS.ProcessEnv = process.env): string[] {
  const signals = ['LOGS', 'TRACES', 'METRICS'] as const
  const sent = signals.filter((signal) => !/^(?:none|console)$/.test(env[`OTEL_${signal}_EXPORTER`] ?? ''))
  return sent.map((signal) => otlpUrl(signal, env))
}

/** Where goaltrace's own exporter sends log records, for messages: without what in an address is secret. */
export function destination(env: NodeJS.ProcessEnv = process.env): string {
  const kind = env.OTEL_LOGS_EXPORTER
  if (kind === 'console') return 'the console'
  if (kind === 'none') return 'nobody, as OTEL_LOGS_EXPORTER is none'
  const variables = ['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']
  const followed = variables.find((variable) => isFollowed(variable, env[variable] ?? ''))
  const endpoint = (followed && env[followed]) || DEFAULT_ENDPOINT
  const { protocol, host, pathname } = new URL(endpoint)
  return host ? `${protocol}//${host}${pathname.replace(/\/$/, '')}` : endpoint
}
