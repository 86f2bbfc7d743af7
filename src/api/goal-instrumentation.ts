import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation'
import { TRUE_OR_FALSE } from '../base/rules.ts'
import { VERSION } from '../base/version.ts'
import type { ObservableDatabase } from '../capture/database.ts'
import {
  type BetterSqlite3Methods,
  type Pragma,
  patchBetterSqlite3,
  patchPragma,
} from '../capture/drivers/better-sqlite3.ts'
import { patchLoadedBetterSqlite3 } from '../capture/drivers/better-sqlite3-loaded.ts'
import { withOwnLog } from '../capture/drivers/better-sqlite3-log.ts'
import { patchTransaction, type Transaction } from '../capture/drivers/better-sqlite3-transaction.ts'
import { patchNodeSqliteWhenLoaded } from '../capture/drivers/node-sqlite-loading.ts'
import { observeConnections, observeLate, patchedFunction } from '../capture/observers.ts'
import type { RelaySettings } from '../delivery/relays.ts'
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

const SUPPORTED = ['>=8.0.0 <14']

export interface GoalInstrumentationConfig extends InstrumentationConfig, ObserveOptions {
  /** Whether to send to OTLP's default endpoint, localhost:4318, where no other is configured. */
  readonly defaultToLocalhost?: boolean
  /** @deprecated Use `defaultToLocalhost`. */
  readonly orLocalhost?: boolean
}

const OPTIONS = { ...OBSERVE_OPTIONS, enabled: TRUE_OR_FALSE, defaultToLocalhost: TRUE_OR_FALSE }

type LoggerProvider = Parameters<InstrumentationBase['setLoggerProvider']>[0]

/** Observes every connection that better-sqlite3 or node:sqlite opens, wherever it finds a goal table. */
export class GoalInstrumentation extends InstrumentationBase<GoalInstrumentationConfig> {
  // Not before the base class has called `enable`.
  readonly #given: OwnProviders = {}

  /** @throws {TypeError} where an option, or goaltrace.config.json, cannot be meant; {RangeError} where a number is out of its range. */
  constructor(config: GoalInstrumentationConfig = {}) {
    super('goaltrace', VERSION, config)
  }

  /** @throws as the constructor, which calls it. */
  override setConfig(config: GoalInstrumentationConfig) {
    super.setConfig(withConfiguration(checkedOptions('GoalInstrumentation', config, OPTIONS)))
  }

  /**
   * Observes a connection that was opened before, or by a better-sqlite3 that is bundled with the agent.
   * @throws {TypeError} where the database is none or closed.
   */
  observe(database: ObservableDatabase): GoalObservation {
    checkDatabase('GoalInstrumentation.observe', database)
    const [options, settings] = this.#settings()
    return observeConnection(database, options, settings)
  }

  override enable() {
    super.enable()
    observeConnections((database) => createObservation(database, ...this.#settings()))
    patchLoadedBetterSqlite3()
    patchNodeSqliteWhenLoaded()
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
    // The inner CommonJS files, not the package's main one: they are required the same way by an ESM import, a require, a
    // bundle that leaves better-sqlite3 outside, and the entry points by platform of version 13.
    const file = <T>(name: string, patch: (exported: T) => T) =>
      new InstrumentationNodeModuleFile(`better-sqlite3/lib/${name}.js`, SUPPORTED, patch, () => {})
    const files = [
      file('methods/wrappers', patchedMethods),
      file('methods/pragma', (method: Pragma) => patchedFunction(method, patchPragma)),
      file('methods/transaction', (method: Transaction) => patchedFunction(method, patchTransaction)),
      file('database', withOwnLog),
    ]
    return new InstrumentationNodeModuleDefinition('better-sqlite3', SUPPORTED, undefined, undefined, files)
  }
}

function patchedMethods(methods: BetterSqlite3Methods): BetterSqlite3Methods {
  patchBetterSqlite3(methods)
  return methods
}
