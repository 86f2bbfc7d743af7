import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation'
import { createObservation } from '../observe-goals.ts'
import { type ObserveOptions, withConfiguration } from '../observe-options.ts'
import { VERSION } from '../version.ts'
import { type BetterSqlite3Methods, patchBetterSqlite3 } from './drivers/better-sqlite3.ts'
import { patchNodeSqliteWhenLoaded } from './drivers/node-sqlite-loading.ts'
import { observeConnections } from './observers.ts'

const SUPPORTED = ['>=8.0.0 <14']

export interface GoalInstrumentationConfig extends InstrumentationConfig, ObserveOptions {
  /** Whether to send to OTLP's default address, localhost:4318, where nothing names another. */
  readonly orLocalhost?: boolean
}

/** Observes every connection that better-sqlite3 or node:sqlite opens, wherever it finds a goal table. */
export class GoalInstrumentation extends InstrumentationBase<GoalInstrumentationConfig> {
  /** @throws {TypeError} where an option, or goaltrace.config.json, cannot be meant. */
  constructor(config: GoalInstrumentationConfig = {}) {
    super('goaltrace', VERSION, withConfiguration(config))
  }

  override enable() {
    super.enable()
    observeConnections((database) => {
      const { orLocalhost = false, ...options } = this.getConfig()
      return createObservation(database, withConfiguration(options), orLocalhost)
    })
    patchNodeSqliteWhenLoaded()
  }

  override disable() {
    super.disable()
    observeConnections(undefined)
  }

  protected override init() {
    // The inner CommonJS file, not the package's main one: it is required the same way by an ESM import, a require, a
    // bundle that leaves better-sqlite3 outside, and the entry points by platform of version 13.
    const wrappers = new InstrumentationNodeModuleFile(
      'better-sqlite3/lib/methods/wrappers.js',
      SUPPORTED,
      (methods: BetterSqlite3Methods) => {
        patchBetterSqlite3(methods)
        return methods
      },
      () => {},
    )
    return new InstrumentationNodeModuleDefinition('better-sqlite3', SUPPORTED, undefined, undefined, [wrappers])
  }
}
