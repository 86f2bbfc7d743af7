import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { VARIABLES } from '../../src/telemetry/variables.ts'
import { warnings } from '../capture/observed-goals.ts'

const DOCS = readFileSync(new URL('../../docs/environment.md', import.meta.url), 'utf8')

/**
 * Of specification 1.60: configuration/sdk-environment-variables.md, protocol/exporter.md and
 * metrics/sdk_exporters/otlp.md, in their order.
 */
const SPECIFIED =
  `SDK_DISABLED ENTITIES RESOURCE_ATTRIBUTES SERVICE_NAME LOG_LEVEL PROPAGATORS TRACES_SAMPLER TRACES_SAMPLER_ARG
  BSP_SCHEDULE_DELAY BSP_EXPORT_TIMEOUT BSP_MAX_QUEUE_SIZE BSP_MAX_EXPORT_BATCH_SIZE
  BLRP_SCHEDULE_DELAY BLRP_EXPORT_TIMEOUT BLRP_MAX_QUEUE_SIZE BLRP_MAX_EXPORT_BATCH_SIZE
  ATTRIBUTE_VALUE_LENGTH_LIMIT ATTRIBUTE_COUNT_LIMIT SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT SPAN_ATTRIBUTE_COUNT_LIMIT
  SPAN_EVENT_COUNT_LIMIT SPAN_LINK_COUNT_LIMIT EVENT_ATTRIBUTE_COUNT_LIMIT LINK_ATTRIBUTE_COUNT_LIMIT
  LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT LOGRECORD_ATTRIBUTE_COUNT_LIMIT
  EXPORTER_ZIPKIN_ENDPOINT EXPORTER_ZIPKIN_TIMEOUT EXPORTER_ZIPKIN_PROTOCOL
  EXPORTER_PROMETHEUS_HOST EXPORTER_PROMETHEUS_PORT TRACES_EXPORTER METRICS_EXPORTER LOGS_EXPORTER
  METRICS_EXEMPLAR_FILTER METRIC_EXPORT_INTERVAL METRIC_EXPORT_TIMEOUT EXPERIMENTAL_CONFIG_FILE CONFIG_FILE
  ${'ENDPOINT INSECURE CERTIFICATE CLIENT_KEY CLIENT_CERTIFICATE HEADERS COMPRESSION TIMEOUT PROTOCOL'
    .split(' ')
    .flatMap((option) => ['', 'TRACES_', 'METRICS_', 'LOGS_'].map((signal) => `EXPORTER_OTLP_${signal}${option}`))
    .join(' ')}
  EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`
    .split(/\s+/)
    .map((name) => `OTEL_${name}`)

/** A row for each effect, in the order of the list. */
function rows(): string[] {
  const of = new Map<string, string[]>()
  for (const { name, effect, ignored, unless } of VARIABLES) {
    const but = unless ? `, unless it is \`${unless}\`` : ''
    const shown = effect ?? `**not supported**, which is logged once${but}: ${ignored}`
    of.set(shown, [...(of.get(shown) ?? []), `\`${name}\``])
  }
  return [...of].map(([effect, names]) => `| ${names.join('<br>')} | ${effect} |`)
}

/** The names that stand in the source, whichever way they are read. */
function ownVariables(): string[] {
  const source = fileURLToPath(new URL('../../src', import.meta.url))
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const names = files.flatMap((file) => readFileSync(`${source}/${file}`, 'utf8').match(/\bGOALTRACE_[A-Z_]+\b/g) ?? [])
  return [...new Set(names)].sort()
}

describe('the list of variables', () => {
  it('has each that the specification has, and no other', () => {
    expect(VARIABLES.map(({ name }) => name).sort()).toEqual([...SPECIFIED].sort())
  })

  it('is the table in docs/environment.md', () => {
    expect(
      DOCS.split('\n')
        .filter((line) => line.startsWith('| `OTEL_'))
        .map((line) => line.replace(/ +/g, ' ')),
    ).toEqual(rows())
  })
})

describe("goaltrace's own variables", () => {
  it('each have a row in docs/environment.md, and no other has', () => {
    const rows = [...DOCS.matchAll(/^\| `(GOALTRACE_\w+)`/gm)].map(([, name]) => name)
    expect(rows.sort()).toEqual(ownVariables())
  })
})

describe('a variable that has no effect', () => {
  it('is said once where it is set, and not where it asks for what is so anyway', async () => {
    vi.resetModules()
    const said = warnings()
    const { exporters } = await import('../../src/telemetry/exporters.ts')
    const env = {
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_METRICS_EXEMPLAR_FILTER: 'always_off',
      OTEL_EXPORTER_OTLP_INSECURE: ' ',
      OTEL_CONFIG_FILE: 'otel.yaml',
    }
    for (let times = 0; times < 2; times++) exporters(env)
    expect(said.map((line) => line.replace(/ is not supported.*/, ''))).toEqual([
      'goaltrace: OTEL_BSP_SCHEDULE_DELAY',
      'goaltrace: OTEL_CONFIG_FILE',
    ])
  })
})

describe('a value that cannot be meant', () => {
  it.each([
    ['OTEL_EXPORTER_OTLP_TIMEOUT', 'soon'],
    ['OTEL_EXPORTER_OTLP_LOGS_TIMEOUT', '-1'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0'],
    ['OTEL_METRIC_EXPORT_TIMEOUT', '9999999999'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '1.5'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'sigma'],
    ['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', 'bars'],
    ['OTEL_SPAN_LINK_COUNT_LIMIT', '-1'],
    ['OTEL_ATTRIBUTE_COUNT_LIMIT', 'few'],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', '/nowhere/ca.pem'],
    ['OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY', '/nowhere/key.pem'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ])('%s=%s is said once, by its name, and the default is taken', async (name, value) => {
    vi.resetModules()
    const said = warnings()
    const { createSdk } = await import('../../src/telemetry/sdk.ts')
    for (let times = 0; times < 2; times++) createSdk({ [name]: value, OTEL_TRACES_SAMPLER: 'traceidratio' })
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(`goaltrace: ${name}`)
  })
})
