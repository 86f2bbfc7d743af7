import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import Database from 'better-sqlite3'
import { GoalRuntime } from '../goal/goal-runtime.ts'
import { SqliteGoalStore } from '../goal/sqlite-goal-store.ts'
import { type GoalObservation, observeGoals } from '../observe-goals.ts'
import type { ObserveOptions } from '../observe-options.ts'
import { withGoalContext } from '../telemetry/goal-context.ts'
import type { StepClock } from './steps.ts'

/** A database of goals as an agent keeps it with goaltrace's own store, observed, its events sent to a backend. */
export class ObservedGoals {
  readonly #database: Database.Database
  readonly #observation: GoalObservation

  /** @param url The backend's. */
  constructor(file: string, url: string, options: Omit<ObserveOptions, 'exporter'> = {}) {
    this.#database = new Database(file)
    this.#database.pragma('journal_mode = WAL')
    const exporter = new OTLPLogExporter({ url: `${url}/v1/logs` })
    this.#observation = observeGoals(this.#database, { ...options, exporter })
  }

  /** A runtime for threads that no other one has, on a clock that steps set. */
  runtime(clock: StepClock): GoalRuntime {
    const now = () => clock.now
    return new GoalRuntime(new SqliteGoalStore(this.#database, { now }), {
      now,
      within: ({ turnId }, mutate) => withGoalContext({ turnId }, mutate),
    })
  }

  /** Delivers what waits; rejects where the backend does not take it. */
  flush(): Promise<void> {
    return this.#observation.flush()
  }

  close(): void {
    this.#database.close()
  }
}
