import { ConsoleLogRecordExporter } from '@opentelemetry/sdk-logs'
import { ConsoleSpanExporter } from '@opentelemetry/sdk-trace-base'
import { warnOnce } from '../base/diagnose.ts'
import { DEFAULT_ENDPOINT, isFollowed, isWebAddress } from './destination.ts'
import type { GoalLogExporter } from './goal-logs.ts'
import type { GoalMetricExporter } from './metric-flush.ts'
import { otlpConfiguration } from './otlp-configuration.ts'
import { OtlpLogExporter } from './otlp-log-exporter.ts'
import { consoleMetricExporter, otlpMetricExporter } from './otlp-metric-exporter.ts'
import { Retries } from './retries.ts'
import { type GoalSpanExporter, otlpSpanExporter } from './span-batch.ts'
import { warnOfUnobeyed } from './variables.ts'

/** As OTEL_{LOGS,TRACES,METRICS}_EXPORTER say; undefined for a signal that is not exported. */
export interface Exporters {
  readonly logExporter: GoalLogExporter | undefined
  readonly spanExporter: GoalSpanExporter | undefined
  readonly metricExporter: GoalMetricExporter | undefined
}

export function exporters(env: NodeJS.ProcessEnv, retries = new Retries()): Exporters {
  warnOfUnobeyed(env)
  for (const signal of ['', 'LOGS_', 'TRACES_', 'METRICS_'])
    warnOfNoAddress(`OTEL_EXPORTER_OTLP_${signal}ENDPOINT`, env)
  return {
    logExporter: chosen<GoalLogExporter>('LOGS', env, {
      otlp: () => new OtlpLogExporter(otlpConfiguration('LOGS', env, retries)),
      console: () => new ConsoleLogRecordExporter(),
    }),
    spanExporter: chosen<GoalSpanExporter>('TRACES', env, {
      otlp: () => otlpSpanExporter(otlpConfiguration('TRACES', env, retries)),
      console: () => new ConsoleSpanExporter(),
    }),
    metricExporter: chosen<GoalMetricExporter>('METRICS', env, {
      otlp: () => otlpMetricExporter(otlpConfiguration('METRICS', env, retries), env),
      console: consoleMetricExporter,
    }),
  }
}

function chosen<T>(signal: string, env: NodeJS.ProcessEnv, made: { otlp(): T; console(): T }): T | undefined {
  const variable = `OTEL_${signal}_EXPORTER`
  const name = env[variable] || 'otlp'
  if (name === 'none') return undefined
  if (name === 'otlp' || name === 'console') return made[name]()
  // https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#enum: warn, and as if it were not set.
  warnOnce(variable, `${variable} is ${JSON.stringify(name)}; expected one of otlp, console, none; otlp is used`)
  return made.otlp()
}

/** The exporters go to localhost:4318 then, or nowhere, and goaltrace would log nothing about it. */
function warnOfNoAddress(variable: string, env: NodeJS.ProcessEnv): void {
  const endpoint = env[variable] ?? ''
  if (endpoint.trim() === '' || isWebAddress(endpoint)) return
  // It may have a password before its host.
  const printable = endpoint.replace(/^.*@/s, '…@')
  const taken = isFollowed(variable, endpoint) ? '' : ', and taken as if it were not set'
  const spaced = isWebAddress(endpoint.trim())
  const web = `http://${printable.replace(/^[a-z][a-z\d+.-]*:\/\//i, '')}`
  const example = isWebAddress(web) ? web : DEFAULT_ENDPOINT
  const fix = spaced ? 'without the white space around it' : `with http:// or https://, such as ${example}`
  const shown = spaced ? JSON.stringify(printable) : printable
  warnOnce(variable, `${variable}=${shown} is not an address${taken}: write it ${fix}`)
}
