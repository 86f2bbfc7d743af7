/** OTLP's own (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). */
export const DEFAULT_ENDPOINT = 'http://localhost:4318'

export function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/** Where goaltrace's own exporter sends log records, for messages: without what in an address is secret. */
export function destination(env: NodeJS.ProcessEnv = process.env): string {
  const kind = env.OTEL_LOGS_EXPORTER
  if (kind === 'console') return 'the console'
  if (kind === 'none') return 'nobody, as OTEL_LOGS_EXPORTER is none'
  const named = [env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, env.OTEL_EXPORTER_OTLP_ENDPOINT]
  const endpoint = named.find((url) => url && URL.canParse(url)) ?? DEFAULT_ENDPOINT
  const { protocol, host, pathname } = new URL(endpoint)
  return host ? `${protocol}//${host}${pathname.replace(/\/$/, '')}` : endpoint
}
