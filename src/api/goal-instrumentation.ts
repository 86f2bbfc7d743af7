import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation'
import { TRUE_OR_FALSE } from '../base/rules.ts'
import { VERSION } from '../base/version.ts'
import type { RelaySettings } from '../delivery/relays.ts'
import type { PatchedFiles } from '../sqlite/driver.ts'
import { DRIVERS, type ObservableDatabase } from '../sqlite/drivers.ts'
import { observeConnections, observeLate } from '../sqlite/observations.ts'
import { actual, type OwnProviders } from '../telemetry/own-providers.ts'
import {
  checkDatabase,
  createObservation,
  type GoalObservation,
  observeConnection,
  settingsOf,
} from './observe-goals.ts'
import {
  checkedOptions,
  type KnownOptions,
  OBSERVE_OPTIONS,
  type ObserveOptions,
  withConfiguration,
} from './observe-options.ts'

export interface GoalInstrumentationConfig extends InstrumentationConfig, ObserveOptions {
  /** Whether to send to OTLP's default endpoint, localhost:4318, where no other is configured. */
  readonly defaultToLocalhost?: boolean
  /** @deprecated Use `defaultToLocalhost`. */
  readonly orLocalhost?: boolean
}

const OPTIONS = { ...OBSERVE_OPTIONS, enabled: TRUE_OR_FALSE, defaultToLocalhost: TRUE_OR_FALSE }

type LoggerProvider = Parameters<InstrumentationBase['setLoggerProvider']>[0]

/** Observes every SQLite connection that the agent opens by a known driver and that has a goal table. */
export class GoalInstrumentation extends InstrumentationBase<GoalInstrumentationConfig> {
  // Not before the base class has called `enable`.
  readonly #given: OwnProviders = {}

  /** @throws {TypeError} where an option or goaltrace.config.json is not valid; {RangeError} where a number is out of its range. */
  constructor(config: GoalInstrumentationConfig = {}) {
    super('goaltrace', VERSION, config)
  }

  /** @throws as the constructor, which calls it. */
  override setConfig(config: GoalInstrumentationConfig) {
    super.setConfig(withConfiguration(checkedOptions('GoalInstrumentation', config, OPTIONS)))
  }

  /**
   * Observes a connection that was opened before, or by a driver that is bundled with the agent.
   * @throws {TypeError} where it is not a connection of a known driver, or is closed.
   */
  observe(database: ObservableDatabase): GoalObservation {
    checkDatabase('GoalInstrumentation.observe', database)
    const [options, settings] = this.#settings()
    return observeConnection(database, options, settings)
  }

  override enable() {
    super.enable()
    observeConnections((database) => createObservation(database as ObservableDatabase, ...this.#settings()))
    for (const driver of DRIVERS) driver.patchLoaded()
  }

  override setTracerProvider(provider: TracerProvider) {
    super.setTracerProvider(provider)
    this.#given.trace = actual(provider)
  }

  override setMeterProvider(provider: MeterProvider) {
    super.setMeterProvider(provider)
    this.#given.metrics = actual(provider)
  }

  override setLoggerProvider(provider: LoggerProvider) {
    super.setLoggerProvider(provider)
    this.#given.logs = actual(provider)
  }

  #settings(): [KnownOptions, RelaySettings] {
    const { defaultToLocalhost, ...config } = this.getConfig()
    const options = withConfiguration(config)
    return [options, settingsOf(options, defaultToLocalhost, this.#given)]
  }

  override disable() {
    super.disable()
    observeConnections(undefined)
    observeLate()
  }

  protected override init() {
    return DRIVERS.flatMap(({ name, files }) => (files ? [moduleOf(name, files)] : []))
  }
}

function moduleOf(name: string, { versions, patches }: PatchedFiles): InstrumentationNodeModuleDefinition {
  const supported = [...versions]
  const files = Object.entries(patches).map(([path, patch]) => {
    return new InstrumentationNodeModuleFile(path, supported, patch, () => {})
  })
  return new InstrumentationNodeModuleDefinition(name, supported, undefined, undefined, files)
}
