import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api'
import { reason, warnOnce } from '../base/diagnose.ts'
import * as semconv from '../event/semconv.ts'
import type { HealthView } from '../outbox/outbox-health.ts'
import { fileAttributes } from '../telemetry/goal-metrics.ts'
import type { Meters } from '../telemetry/providers.ts'

/** An outbox's health, read only when metrics are sent. */
export function reportHealth({ ofProcess, ofFile }: Meters, health: HealthView): void {
  const file = fileAttributes(health.file)
  const pending = ofFile.createObservableGauge(semconv.METRIC_AGENT_GOAL_OUTBOX_WAITING, {
    unit: '{change}',
    description: 'Changes of goals that wait in the outbox.',
  })
  const age = ofFile.createObservableGauge(semconv.METRIC_AGENT_GOAL_OUTBOX_AGE, {
    unit: 's',
    description: 'How long the oldest change in the outbox has waited.',
  })
  ofFile.addBatchObservableCallback(
    (result) => {
      try {
        const read = health.read()
        result.observe(pending, read.waiting, file)
        if (read.age !== undefined) result.observe(age, read.age, file)
      } catch (error) {
        // Where no new value comes, backends show the last one until it is too old.
        warnOnce(
          `health ${health.file}`,
          `cannot count pending changes of ${health.file ?? 'a database in memory'}: ${reason(error)}`,
        )
      }
    },
    [pending, age],
  )
  countedBy(ofProcess).add(health)
}

const counted = new WeakMap<Meter, Set<HealthView>>()

/** The outboxes that this process's meter counts, all by the same callbacks: an SDK walks through its callbacks to add one. */
function countedBy(meter: Meter): Set<HealthView> {
  const known = counted.get(meter)
  if (known !== undefined) return known
  const all = new Set<HealthView>()
  counted.set(meter, all)
  const counter = (name: string, unit: string, description: string, observe: Observe) =>
    meter.createObservableCounter(name, { unit, description }).addCallback((result) => {
      for (const health of all) observe(result, health, fileAttributes(health.file))
    })
  counter(
    semconv.METRIC_AGENT_GOAL_OUTBOX_DEAD_LETTERS,
    '{record}',
    'Log records refused for good, and rows that cannot be read.',
    (result, { deadLetters }, file) => result.observe(deadLetters, file),
  )
  counter(
    semconv.METRIC_AGENT_GOAL_OUTBOX_DROPPED,
    '{change}',
    'Changes dropped above the limit.',
    (result, { dropped }, file) => result.observe(dropped, file),
  )
  counter(
    semconv.METRIC_AGENT_GOAL_OUTBOX_FAILURES,
    '{attempt}',
    'Attempts to deliver that failed.',
    (result, { failures }, file) => {
      for (const [type, count] of failures) result.observe(count, { ...file, [semconv.ATTR_ERROR_TYPE]: type })
    },
  )
  return all
}

type Observe = (result: ObservableResult, health: HealthView, file: Attributes) => void
