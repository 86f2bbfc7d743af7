/** OTLP's own (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). */
export const DEFAULT_ENDPOINT = 'http://localhost:4318'

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
