import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { type GoalObservation, observeGoals } from '../../api/observe-goals.ts'
import type { ObserveOptions } from '../../api/observe-options.ts'
import { GoalRuntime } from '../../goal/goal-runtime.ts'
import { SqliteGoalStore } from '../../goal/sqlite-goal-store.ts'
import { THREAD_GOALS } from '../../mapping/goal-table.ts'
import { databaseOf } from '../../sqlite/connection.ts'
import { type ObservableDatabase, openByAny } from '../../sqlite/drivers.ts'
import { withGoalContext } from '../../telemetry/goal-context.ts'
import type { StepClock } from './steps.ts'

/** Milliseconds to wait for a lock. */
const TIMEOUT = 5000

/** A database of goals as an agent keeps it with goaltrace's own store, observed, its events sent to a backend. */
export class ObservedGoals {
  readonly #database: ObservableDatabase
  readonly #observation: GoalObservation

  /** @param url The backend's. */
  constructor(file: string, url: string, options: Omit<ObserveOptions, 'exporter' | 'tables'> = {}) {
    this.#database = databaseOf(new (openByAny())(file, { timeout: TIMEOUT })) as ObservableDatabase
    this.#database.exec('PRAGMA journal_mode = WAL')
    const exporter = new OTLPLogExporter({ url: `${url}/v1/logs` })
    // The mapping of goaltrace's own store, whatever a goaltrace.config.json in the current folder maps.
    this.#observation = observeGoals(this.#database, { ...options, tables: [THREAD_GOALS], exporter })
  }

  /** A runtime with its own threads, on a clock that steps set. */
  runtime(clock: StepClock): GoalRuntime {
    const now = () => clock.now
    return new GoalRuntime(new SqliteGoalStore(this.#database, { now }), {
      now,
      within: ({ turnId }, mutate) => withGoalContext({ turnId }, mutate),
    })
  }

  /** Delivers what is pending; rejects if the backend does not accept it. */
  flush(): Promise<void> {
    return this.#observation.flush()
  }

  close(): void {
    this.#database.close()
  }
}
