import { reason } from '../base/diagnose.ts'
import type { ThreadContext } from '../event/goal-context.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { type Configuration, checkConfiguration, configuration } from '../mapping/config-file.ts'
import { checkGoalTables, type GoalTable, THREAD_GOALS } from '../mapping/goal-table.ts'
import type { GoalLogExporter } from '../telemetry/goal-logs.ts'

export interface ObserveOptions extends Partial<Configuration> {
  /** Where log records go; a row leaves the outbox only when it reports success. Default: OTLP over HTTP, as OTEL_EXPORTER_OTLP_* says. Of several given for one file, the first counts. */
  readonly exporter?: GoalLogExporter | undefined
  /** Added to what OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES and the system say of the sender. */
  readonly resource?: ResourceAttributes | undefined
  /** What the agent knows of a thread; called at every change, so it has to be quick. */
  readonly threads?: ((threadId: string) => ThreadContext | undefined) | undefined
  /** Whether objectives are recorded, not just their lengths. Default: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT. */
  readonly captureObjective?: boolean | undefined
}

export type KnownOptions = ObserveOptions & { readonly tables: readonly GoalTable[] }

const OBJECT = (given: unknown) => typeof given === 'object' && given !== null && !Array.isArray(given)
const ATTRIBUTE = (value: unknown) => /^(string|number|boolean|undefined)$/.test(typeof value)

/** What an option has to be; goal-table.ts and config-file.ts know it of the others. */
const EXPECTED: Readonly<Record<string, readonly [expected: string, fits: (given: unknown) => boolean]>> = {
  exporter: ['an object with a method export', (given) => typeof (given as GoalLogExporter)?.export === 'function'],
  resource: [
    'attributes, as {"service.name":"agent"}',
    (given) => OBJECT(given) && Object.values(given as object).every(ATTRIBUTE),
  ],
  threads: ['a function', (given) => typeof given === 'function'],
  captureObjective: ['true or false', (given) => typeof given === 'boolean'],
  outbox: ['the path of a file', (given) => typeof given === 'string' && given !== ''],
}

export const OBSERVE_OPTIONS: readonly (keyof ObserveOptions)[] = [
  'tables',
  'exporter',
  'resource',
  'threads',
  'captureObjective',
  'durability',
  'outboxLimit',
]

/** @throws {TypeError} naming the operation and the option, where one cannot be meant; {RangeError} where a number is out of its range. */
export function checkOptions(operation: string, options: unknown, keys: readonly string[]): void {
  const fault = (what: string) => new TypeError(`${operation}: ${what}`)
  if (!OBJECT(options)) throw fault(`expected an object of options, got ${kindOf(options)}`)
  for (const [key, given] of Object.entries(options as object)) {
    if (!keys.includes(key)) throw fault(`${key}: unknown; the keys are ${keys.join(', ')}`)
    const [expected, fits] = EXPECTED[key] ?? []
    if (given !== undefined && fits?.(given) === false) {
      throw fault(`${key}: expected ${expected}, got ${kindOf(given)}`)
    }
  }
  const { tables, ...others } = options as ObserveOptions
  try {
    checkConfiguration(others)
    if (tables !== undefined) checkGoalTables(tables)
  } catch (error) {
    const Fault = error instanceof RangeError ? RangeError : TypeError
    throw new Fault(`${operation}: ${reason(error)}`)
  }
}

/** What is in an object is not told: an exporter's may be secret. */
function kindOf(given: unknown): string {
  if (Array.isArray(given)) return 'an array'
  if (typeof given === 'function') return 'a function'
  return typeof given === 'object' && given !== null ? 'an object' : (JSON.stringify(given) ?? String(given))
}

/**
 * Options that were checked, with what goaltrace.config.json says, which is read where no tables are given.
 * @throws {TypeError} where the file cannot be meant; {RangeError} where a number in it is out of its range.
 */
export function withConfiguration<Options extends ObserveOptions>(options: Options): Options & KnownOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
  const known = given.tables === undefined ? { ...configuration(), ...given } : given
  return { ...known, tables: known.tables ?? [THREAD_GOALS] }
}

/** As the option says; else OpenTelemetry's switch for what people say to a model. */
export function capturesObjective({ captureObjective }: Pick<ObserveOptions, 'captureObjective'>): boolean {
  const content = process.env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT
  return captureObjective ?? content?.toLowerCase() === 'true'
}
