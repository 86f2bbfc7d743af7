import type { Attributes, Counter, Histogram, Meter, ObservableResult } from '@opentelemetry/api'
import type { GoalEvent } from '../event/goal-event.ts'
import * as semconv from '../event/semconv.ts'
import type { Meters } from './providers.ts'

/** Tokens that goals use: from a short answer to days of work. What is estimated from them is at most 2.5 times off. */
const TOKEN_BUCKETS = [100, 1e3, 1e4, 1e5, 1e6, 1e7].flatMap((from) => [from, 2 * from, 5 * from])
/** Seconds that goals take: from one to a week. */
const DURATION_BUCKETS = [1, 2, 5, 10, 20, 60, 120, 300, 600, 1200, 3600, 7200, 6 * 3600, 24 * 3600, 7 * 24 * 3600]

/** The most values of an attribute: a column that is no status, but mapped as one, has a new word at each change. */
const MOST_WORDS = 20

export type GoalCounts = () => Iterable<readonly [status: string, count: number]>

/** What a process counts of all its databases. */
interface Instruments {
  readonly transitions: Counter
  readonly unmapped: Counter
  readonly tokens: Histogram
  readonly duration: Histogram
}

const instruments = new WeakMap<Meter, Instruments>()

/** Made once for a meter: an agent may have a database for each session. */
function instrumentsOf(meter: Meter): Instruments {
  const known = instruments.get(meter) ?? {
    transitions: meter.createCounter(semconv.METRIC_AGENT_GOAL_TRANSITIONS, {
      unit: '{transition}',
      description: 'Goals created, cleared, and changed in status.',
    }),
    unmapped: meter.createCounter(semconv.METRIC_AGENT_GOAL_UNMAPPED, {
      unit: '{change}',
      description: "Changes that no event reports, because nothing maps the word for the goal's status.",
    }),
    tokens: meter.createHistogram(semconv.METRIC_AGENT_GOAL_USAGE_TOKENS, {
      unit: '{token}',
      description: 'Tokens that a goal has used so far, at each of its stops. The count is of stops, not of goals.',
      advice: { explicitBucketBoundaries: TOKEN_BUCKETS },
    }),
    duration: meter.createHistogram(semconv.METRIC_AGENT_GOAL_USAGE_DURATION, {
      unit: 's',
      description: 'Time that a goal has taken so far, at each of its stops. The count is of stops, not of goals.',
      advice: { explicitBucketBoundaries: DURATION_BUCKETS },
    }),
  }
  instruments.set(meter, known)
  return known
}

/** Metrics by status and transition only: an id as an attribute would be a time series for every goal. */
export class GoalMetrics {
  readonly #instruments: Instruments
  readonly #file: string | undefined
  readonly #words = new Set<string>()
  /** Added up over a batch: finding the series of a measurement costs more than all else about it. */
  #pending = new Map<string, { count: number; attributes: Attributes }>()

  /** @param file Of the database in which the goals are, if it is a file. */
  constructor({ ofProcess, ofFile }: Meters, file: string | undefined, counts: GoalCounts) {
    this.#instruments = instrumentsOf(ofProcess)
    this.#file = file
    ofFile
      .createObservableGauge(semconv.METRIC_AGENT_GOAL_COUNT, {
        unit: '{goal}',
        description: 'Goals that there are now, by status.',
      })
      .addCallback((result: ObservableResult) => {
        for (const [status, count] of counts()) {
          result.observe(count, { [semconv.ATTR_AGENT_GOAL_STATUS]: status, ...fileAttributes(file) })
        }
      })
  }

  record({ kind, goal, previousStatus }: GoalEvent): void {
    if (kind === 'usage_accounted') return
    const key = `${kind} ${goal.status} ${previousStatus}`
    const pending = this.#pending.get(key)
    if (pending) pending.count++
    else {
      const attributes: Attributes = {
        [semconv.ATTR_AGENT_GOAL_TRANSITION]: kind,
        [semconv.ATTR_AGENT_GOAL_STATUS]: goal.status,
        ...(previousStatus && { [semconv.ATTR_AGENT_GOAL_PREVIOUS_STATUS]: previousStatus }),
      }
      this.#pending.set(key, { count: 1, attributes })
    }
    const stopped =
      kind === 'status_changed' ? previousStatus === 'active' : kind === 'cleared' && goal.status === 'active'
    if (!stopped) return
    const by = { [semconv.ATTR_AGENT_GOAL_STATUS]: goal.status }
    if (goal.tokensUsed !== undefined) this.#instruments.tokens.record(goal.tokensUsed, by)
    if (goal.timeUsedSeconds !== undefined) this.#instruments.duration.record(goal.timeUsedSeconds, by)
  }

  /** Changes that no event reports, of goals with this word for a status. */
  recordUnmapped(word: string, changes: number): void {
    if (this.#words.size < MOST_WORDS) this.#words.add(word)
    const known = this.#words.has(word) ? word : '_OTHER'
    this.#instruments.unmapped.add(changes, {
      [semconv.ATTR_AGENT_GOAL_STATUS_WORD]: known,
      ...fileAttributes(this.#file),
    })
  }

  /** Counts what was recorded since. */
  add(): void {
    for (const { count, attributes } of this.#pending.values()) this.#instruments.transitions.add(count, attributes)
    this.#pending.clear()
  }
}

/** A database is its own series: an agent has one or a few. */
export function fileAttributes(file: string | undefined): Attributes {
  return file === undefined ? {} : { [semconv.ATTR_FILE_PATH]: file }
}
