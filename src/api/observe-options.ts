import { check } from '../base/check.ts'
import { FUNCTION, mapOf, objectOf, type Rule, TRUE_OR_FALSE } from '../base/rules.ts'
import type { MetUnmapped } from '../capture/unmapped-tables.ts'
import type { ThreadContext } from '../event/goal-context.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { CONFIGURATION, type Configuration, configuration } from '../mapping/config-file.ts'
import { type GoalTable, THREAD_GOALS } from '../mapping/goal-table.ts'
import { withCurrentNames } from '../mapping/option-names.ts'
import type { GoalLogExporter } from '../telemetry/goal-logs.ts'
import { unmappedGoals } from './unmapped-goals.ts'

export interface ObserveOptions extends Partial<Configuration> {
  /** Where log records go; a row leaves the outbox only once it reports success. Default: OTLP over HTTP, as configured by OTEL_EXPORTER_OTLP_*. Of several given for one file, the first counts. */
  readonly exporter?: GoalLogExporter | undefined
  /** Added to the resource attributes from OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES and the system. */
  readonly resource?: ResourceAttributes | undefined
  /** Returns what the agent knows of a thread; called at every change, so it has to be fast. */
  readonly resolveThread?: ((threadId: string) => ThreadContext | undefined) | undefined
  /** @deprecated Use `resolveThread`. */
  readonly threads?: ((threadId: string) => ThreadContext | undefined) | undefined
  /** Whether objectives are recorded, not just their lengths, and the reasons of statuses. Default: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT. */
  readonly captureObjective?: boolean | undefined
}

/** Options that were checked, by their current names. */
export type KnownOptions = Omit<ObserveOptions, 'outboxLimit' | 'threads'> & {
  readonly tables: readonly GoalTable[]
  /** Undefined where somebody has said which tables hold goals, or that none do. */
  readonly unmapped?: MetUnmapped | undefined
}

const EXPORTER: Rule = {
  expected: 'an object with a method export',
  fits: (given) => typeof (given as GoalLogExporter | null)?.export === 'function',
  schema: undefined,
}
const ATTRIBUTE: Rule = {
  expected: 'a text, a number, true or false',
  fits: (given) => /^(string|number|boolean|undefined)$/.test(typeof given),
  schema: undefined,
}

export const OBSERVE_OPTIONS: Readonly<Record<Exclude<keyof ObserveOptions, 'outboxLimit' | 'threads'>, Rule>> = {
  ...CONFIGURATION,
  exporter: EXPORTER,
  resource: mapOf(ATTRIBUTE, 'attributes, as {"service.name":"agent"}'),
  resolveThread: FUNCTION,
  captureObjective: TRUE_OR_FALSE,
}

/**
 * The options by their current names.
 * @throws {TypeError} naming the operation and the option that is not valid; {RangeError} where a number is out of its range.
 */
export function checkedOptions<Options>(
  operation: string,
  options: Options,
  rules: Readonly<Record<string, Rule>>,
): Options {
  const named = withCurrentNames(operation, options)
  check(operation, 'options', named, objectOf(rules))
  return named
}

/**
 * Options that were checked, with those of goaltrace.config.json, which is read where no tables are given.
 * @throws {TypeError} where the file is not valid; {RangeError} where a number in it is out of its range.
 */
export function withConfiguration<Options extends ObserveOptions>(options: Options): Options & KnownOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
  if (given.tables !== undefined) return { ...given, tables: given.tables }
  const { tables = [THREAD_GOALS], ...configured } = configuration() ?? {}
  const unmapped = tables.length > 0 ? unmappedGoals() : undefined
  return { ...configured, ...given, tables, unmapped }
}

/** As the option says; else OpenTelemetry's switch for what people say to a model. */
export function capturesObjective({ captureObjective }: Pick<ObserveOptions, 'captureObjective'>): boolean {
  const content = process.env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT
  return captureObjective ?? content?.toLowerCase() === 'true'
}
