import process from 'node:process'
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import { isDisabled } from '../../base/environment.ts'
import { asksForLater, exporterReason, NO_OTLP, nextByStatus } from '../../telemetry/delivery-fault.ts'
import { DEFAULT_ENDPOINT, isWebAddress, shownUrl } from '../../telemetry/destination.ts'
import { exporters } from '../../telemetry/exporters.ts'
import type { GoalLogExporter } from '../../telemetry/goal-logs.ts'
import { saysUnreadable } from '../../telemetry/otlp-protocol.ts'
import { asksForLogs } from '../../telemetry/sdk.ts'
import { type AnyExporter, isMalformed, isSignalRefused } from '../../telemetry/signal-refusal.ts'
import type { Check } from './check.ts'

const name = 'receiver'
/** Milliseconds for the receiver to answer. */
const PATIENCE = '3000'

const DEFAULT_RECEIVER =
  '; where the agent has its own LoggerProvider, that one is used instead, and is not durable: name the receiver by OTEL_EXPORTER_OTLP_ENDPOINT'

const NEXT =
  'start it, as by `goaltrace backend`, or name another by OTEL_EXPORTER_OTLP_ENDPOINT; until then events are pending'

/** By the exporter that an agent would use, so that headers, certificates and all else are its own. */
export async function receiverChecks(): Promise<Check[]> {
  if (isDisabled(process.env)) return [{ name, found: 'none: OTEL_SDK_DISABLED is true' }]
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT ||= PATIENCE
  const { logExporter, spanExporter, metricExporter } = exporters(process.env)
  const { check, failure } = await eventsCheck(logExporter)
  // A receiver that is not there, or wants a token, says the same of each signal.
  if (check.fix !== undefined && !isSignalRefused(failure)) return [check]
  const others = await Promise.all([otherCheck('TRACES', spanExporter), otherCheck('METRICS', metricExporter)])
  const found = others.filter((other) => other !== undefined)
  const taken = found.find(({ fix }) => fix === undefined)
  if (failure === undefined) return [check, ...found]
  if (taken === undefined) return [check]
  const fix = asksForLogs(process.env) ? check.fix : TAKES_OTHERS
  return [{ ...check, fix }, ...found]
}

const TAKES_OTHERS =
  'name a receiver of log records by OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, or set OTEL_LOGS_EXPORTER=none; until then no event is sent'

interface EventsCheck {
  readonly check: Check
  readonly failure?: SendError | undefined
}

async function eventsCheck(exporter: GoalLogExporter | undefined): Promise<EventsCheck> {
  const kind = process.env.OTEL_LOGS_EXPORTER || 'otlp'
  if (kind === 'none' || kind === 'console') return { check: { name, found: `none: OTEL_LOGS_EXPORTER is ${kind}` } }
  const { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: ofLogs, OTEL_EXPORTER_OTLP_ENDPOINT: ofAll } = process.env
  const url = [ofLogs, ofAll].find((one) => one?.trim()) ?? DEFAULT_ENDPOINT
  if (!isWebAddress(url)) {
    // The exporter takes localhost:4318 then, of which its user knows nothing.
    const spaced = isWebAddress(url.trim())
    const found = `${spaced ? JSON.stringify(url) : url} is not an address`
    const mend = spaced
      ? 'without the white space around it'
      : 'with http:// or https://, such as http://127.0.0.1:4318'
    return { check: { name, found, fix: `write it ${mend}` } }
  }
  const { failure, unread } = await asked(exporter)
  if (unread || failure?.name === NO_OTLP) {
    const fix =
      'name the receiver itself; any answer 200 that is no web page counts as success, so events would be lost'
    return { check: { name, found: `${url} answers with something else than OTLP`, fix } }
  }
  if (!failure) return { check: { name, found: `${url} answers${ofLogs || ofAll ? '' : DEFAULT_RECEIVER}` } }
  const { code } = failure
  const next = asksForLater(failure) ? 'wait: it is there, but accepts no more just now' : nextByStatus(code)
  const fix = next === undefined ? NEXT : `${next}; until then events are pending`
  return { check: { name, found: `${url} does not take events: ${said(failure)}`, fix }, failure }
}

/** Spans or metrics, where they are sent by OTLP. */
async function otherCheck(signal: 'TRACES' | 'METRICS', exporter: AnyExporter | undefined): Promise<Check | undefined> {
  const kind = process.env[`OTEL_${signal}_EXPORTER`] || 'otlp'
  if (exporter === undefined || kind === 'console') return undefined
  const name = signal === 'TRACES' ? 'spans' : 'metrics'
  const failure = await sent(exporter)
  const url = shownUrl(signal)
  if (!failure || isMalformed(failure)) return { name, found: `${url} accepts them` }
  const fix = `name another receiver by OTEL_EXPORTER_OTLP_${signal}_ENDPOINT, or set OTEL_${signal}_EXPORTER=none; until then they are lost`
  return { name, found: `${url} does not take them: ${said(failure)}`, fix }
}

function said(failure: SendError): string {
  return `${typeof failure.code === 'number' ? `${failure.code} ` : ''}${exporterReason(failure)}`
}

type SendError = Error & { readonly code?: unknown }

/** What becomes of an empty request; the exporter says only by the log that it could not read an answer. */
async function asked(
  exporter: GoalLogExporter | undefined,
): Promise<{ failure: SendError | undefined; unread: boolean }> {
  let unread = false
  const warn = (said: string) => {
    if (saysUnreadable(said)) unread = true
  }
  const logger: DiagLogger = { error() {}, warn, info() {}, debug() {}, verbose() {} }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  try {
    const failure = exporter && (await sent(exporter))
    return { failure, unread }
  } finally {
    diag.disable()
  }
}

function sent(exporter: AnyExporter): Promise<SendError | undefined> {
  // The exporters keep no process alive.
  const alive = setInterval(() => {}, 1000)
  return new Promise((resolve) => {
    exporter.export([], ({ code, error }) => {
      clearInterval(alive)
      resolve(code === 0 ? undefined : (error ?? new Error('it gave no reason')))
    })
  })
}
