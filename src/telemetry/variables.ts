import { warnOnce } from '../base/diagnose.ts'
import { textOf } from '../base/environment.ts'

/** A variable of https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and the exporters' pages have. */
export interface Variable {
  readonly name: string
  /** What it does, or what of it is already so. */
  readonly effect?: string
  /** Why it has none, which is said once where it is set; to be read after "is not supported: ". */
  readonly ignored?: string
  /** A value, in small letters, that asks for what is so anyway. */
  readonly unless?: string
}

const SIGNALS = ['', 'LOGS_', 'TRACES_', 'METRICS_']

/** A variable of OTLP's exporters, for all signals and for each. */
function otlp(option: string, rest: Omit<Variable, 'name'>): Variable[] {
  return SIGNALS.map((signal) => ({ name: `OTEL_EXPORTER_OTLP_${signal}${option}`, ...rest }))
}

const named = (names: readonly string[], rest: Omit<Variable, 'name'>): Variable[] =>
  names.map((name) => ({ name, ...rest }))

const FILE = {
  ignored: 'goaltrace follows the other variables, and an SDK that reads the file and registers its providers',
}
const QUEUELESS = 'events are pending in the outbox, which has the option maxOutboxRows'
const OTLP_TIMEOUT = 'the time limit is OTEL_EXPORTER_OTLP_TIMEOUT'

export const VARIABLES: readonly Variable[] = [
  { name: 'OTEL_SDK_DISABLED', effect: '`true`: nothing is observed, and no file is touched' },
  {
    name: 'OTEL_SERVICE_NAME',
    effect:
      "`service.name`, before what `OTEL_RESOURCE_ATTRIBUTES` says; without either, the name in the agent's package.json, else its script's",
  },
  {
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    effect: 'who sends: `key=value,key=value`, percent-encoded; a list with a mistake in it is ignored and reported',
  },
  { name: 'OTEL_ENTITIES', ignored: 'use OTEL_RESOURCE_ATTRIBUTES' },
  {
    name: 'OTEL_LOG_LEVEL',
    effect:
      "under `register`, which of goaltrace's messages go to stderr; unset: none. In code they go to your `diag` logger",
  },
  {
    name: 'OTEL_PROPAGATORS',
    effect: 'not needed: a span gets its parent from the active context, and nothing is propagated',
  },
  {
    name: 'OTEL_TRACES_SAMPLER',
    effect: '`always_on`, `always_off`, `traceidratio` and `parentbased_` with these; events are not sampled',
  },
  { name: 'OTEL_TRACES_SAMPLER_ARG', effect: 'the ratio, from 0 to 1' },
  ...named(['OTEL_LOGS_EXPORTER', 'OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER'], {
    effect: '`otlp`, `console` or `none`; another is reported; `otlp` is used',
  }),
  { name: 'OTEL_BLRP_SCHEDULE_DELAY', effect: 'milliseconds from a change to its delivery (1000; 10 at least)' },
  { name: 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE', effect: 'log records of a request (512; 10,000 at most)' },
  { name: 'OTEL_BLRP_MAX_QUEUE_SIZE', ignored: QUEUELESS },
  { name: 'OTEL_BLRP_EXPORT_TIMEOUT', ignored: OTLP_TIMEOUT },
  { name: 'OTEL_BSP_MAX_QUEUE_SIZE', effect: 'spans that may wait (8192); more are dropped' },
  { name: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', effect: 'spans of a request (2048)' },
  { name: 'OTEL_BSP_SCHEDULE_DELAY', ignored: 'spans go right after their log records' },
  { name: 'OTEL_BSP_EXPORT_TIMEOUT', ignored: OTLP_TIMEOUT },
  {
    name: 'OTEL_ATTRIBUTE_COUNT_LIMIT',
    effect: 'attributes of a log record and of a span; `log.record.uid` is kept and not counted',
  },
  {
    name: 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    effect:
      "characters of a text in these (no limit); `log.record.uid` is never cut: events would be taken for one another's copies",
  },
  ...named(['OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', 'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT'], {
    effect: 'the same, of log records alone',
  }),
  ...named(['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT'], {
    effect: 'the same, of spans alone',
  }),
  {
    name: 'OTEL_SPAN_LINK_COUNT_LIMIT',
    effect: 'links of a span, which has three at most: between changes, traces of goals and spans of the agent',
  },
  ...named(['OTEL_SPAN_EVENT_COUNT_LIMIT', 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'], {
    effect: 'always kept: spans have no events, and links no attributes',
  }),
  { name: 'OTEL_METRIC_EXPORT_INTERVAL', effect: 'milliseconds between two exports of metrics (60,000)' },
  { name: 'OTEL_METRIC_EXPORT_TIMEOUT', effect: 'milliseconds for one of them (30,000)' },
  { name: 'OTEL_METRICS_EXEMPLAR_FILTER', ignored: 'metrics have no exemplars', unless: 'always_off' },
  ...otlp('ENDPOINT', {
    effect: 'where to send (http://localhost:4318 under `register`); that of a signal with its whole path',
  }),
  ...otlp('PROTOCOL', {
    effect:
      '`http/json` or `http/protobuf`; unset: JSON, and protobuf for a receiver that refuses that (415, 400); `grpc` is not supported, which is logged once with what to set',
  }),
  ...otlp('HEADERS', { effect: 'headers of every request: `key=value,key=value`, percent-encoded' }),
  ...otlp('TIMEOUT', {
    effect: 'milliseconds for a request with all its attempts (10,000; 450 at exit); 0 is no limit',
  }),
  ...otlp('COMPRESSION', { effect: '`none` or `gzip`' }),
  ...otlp('CERTIFICATE', { effect: "a file with the certificates that the receiver's is signed by" }),
  ...otlp('CLIENT_CERTIFICATE', { effect: "a file with goaltrace's own certificate" }),
  ...otlp('CLIENT_KEY', { effect: 'a file with its private key' }),
  ...otlp('INSECURE', { ignored: 'it is about gRPC, and over HTTP the address says http:// or https://' }),
  {
    name: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    effect: '`cumulative`, `delta` (which Datadog and Elasticsearch need) or `lowmemory`; at exit, too',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
    effect: '`explicit_bucket_histogram` or `base2_exponential_bucket_histogram`',
  },
  ...named(['OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'OTEL_EXPORTER_ZIPKIN_TIMEOUT', 'OTEL_EXPORTER_ZIPKIN_PROTOCOL'], {
    ignored: 'spans are sent by OTLP, which Zipkin does not take: put a Collector between',
  }),
  ...named(['OTEL_EXPORTER_PROMETHEUS_HOST', 'OTEL_EXPORTER_PROMETHEUS_PORT'], {
    ignored: 'metrics are sent by OTLP, which Prometheus takes under /api/v1/otlp',
  }),
  ...named(['OTEL_CONFIG_FILE', 'OTEL_EXPERIMENTAL_CONFIG_FILE'], FILE),
]

/** Once each, and only of those that are set: what somebody asks for must not go unheard. */
export function warnOfUnobeyed(env: NodeJS.ProcessEnv): void {
  for (const { name, ignored, unless } of VARIABLES) {
    const text = textOf(env, name)
    if (ignored === undefined || text === undefined || text.trim().toLowerCase() === unless) continue
    warnOnce(name, `${name} is not supported: ${ignored}`)
  }
}
