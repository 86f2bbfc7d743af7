import { checkGoalTables, type GoalTable, THREAD_GOALS } from './capture/goal-table.ts'
import { type Configuration, checkConfiguration, configuration } from './config-file.ts'
import type { ThreadContext } from './event/goal-context.ts'
import type { GoalLogExporter } from './telemetry/goal-logs.ts'
import type { ResourceAttributes } from './telemetry/resource.ts'

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

/**
 * With what goaltrace.config.json says, which is read where no tables are given.
 * @throws {TypeError} where an option, or the file, cannot be meant; {RangeError} where a number is out of its range.
 */
export function withConfiguration<Options extends ObserveOptions>(options: Options): Options & KnownOptions {
  checkConfiguration(options)
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
  const known = given.tables === undefined ? { ...configuration(), ...given } : given
  const tables = known.tables ?? [THREAD_GOALS]
  checkGoalTables(tables)
  return { ...known, tables }
}
