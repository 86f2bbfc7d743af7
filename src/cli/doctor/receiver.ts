import process from 'node:process'
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import { asksForLater, exporterReason, NO_OTLP, nextByStatus } from '../../telemetry/delivery-fault.ts'
import { DEFAULT_ENDPOINT, isWebAddress } from '../../telemetry/destination.ts'
import type { GoalLogExporter } from '../../telemetry/goal-logs.ts'
import { saysUnreadable } from '../../telemetry/otlp-protocol.ts'
import { createSdk } from '../../telemetry/sdk.ts'
import type { Check } from './check.ts'

/** Milliseconds for the receiver to answer. */
const PATIENCE = '3000'

const DEFAULT_RECEIVER =
  '; where the agent has its own LoggerProvider, that one is used instead, and is not durable: name the receiver by OTEL_EXPORTER_OTLP_ENDPOINT'

const NEXT =
  'start it, as by `goaltrace backend`, or name another by OTEL_EXPORTER_OTLP_ENDPOINT; until then events are pending'

/** By the exporter that an agent would use, so that headers, certificates and all else are its own. */
export async function receiverCheck(): Promise<Check> {
  const name = 'receiver'
  if (process.env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return { name, found: 'none: OTEL_SDK_DISABLED is true' }
  const kind = process.env.OTEL_LOGS_EXPORTER || 'otlp'
  if (kind === 'none' || kind === 'console') return { name, found: `none: OTEL_LOGS_EXPORTER is ${kind}` }
  const { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: ofLogs, OTEL_EXPORTER_OTLP_ENDPOINT: ofAll } = process.env
  const url = [ofLogs, ofAll].find((one) => one?.trim()) ?? DEFAULT_ENDPOINT
  if (!isWebAddress(url)) {
    // The exporter takes localhost:4318 then, of which its user knows nothing.
    const spaced = isWebAddress(url.trim())
    const found = `${spaced ? JSON.stringify(url) : url} is not an address`
    const mend = spaced
      ? 'without the white space around it'
      : 'with http:// or https://, such as http://127.0.0.1:4318'
    return { name, found, fix: `write it ${mend}` }
  }
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT ||= PATIENCE
  const { failure, unread } = await asked()
  if (unread || failure?.name === NO_OTLP) {
    const fix =
      'name the receiver itself; any answer 200 that is no web page counts as success, so events would be lost'
    return { name, found: `${url} answers with something else than OTLP`, fix }
  }
  if (!failure) return { name, found: `${url} answers${ofLogs || ofAll ? '' : DEFAULT_RECEIVER}` }
  const { code } = failure
  const next = asksForLater(failure) ? 'wait, as it is there and takes no more just now' : nextByStatus(code)
  const fix = next === undefined ? NEXT : `${next}; until then events are pending`
  const said = `${typeof code === 'number' ? `${code} ` : ''}${exporterReason(failure)}`
  return { name, found: `${url} does not take events: ${said}`, fix }
}

type SendError = Error & { readonly code?: unknown }

/** What becomes of an empty request; the exporter says only by the log that it could not read an answer. */
async function asked(): Promise<{ failure: SendError | undefined; unread: boolean }> {
  let unread = false
  const warn = (said: string) => {
    if (saysUnreadable(said)) unread = true
  }
  const logger: DiagLogger = { error() {}, warn, info() {}, debug() {}, verbose() {} }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  try {
    const { logExporter } = createSdk()
    const failure = logExporter && (await sent(logExporter))
    return { failure, unread }
  } finally {
    diag.disable()
  }
}

function sent(exporter: GoalLogExporter): Promise<SendError | undefined> {
  // The exporters keep no process alive.
  const alive = setInterval(() => {}, 1000)
  return new Promise((resolve) => {
    exporter.export([], ({ code, error }) => {
      clearInterval(alive)
      resolve(code === 0 ? undefined : (error ?? new Error('it gave no reason')))
    })
  })
}
