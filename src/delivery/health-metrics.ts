import type { Meter, ObservableCounter } from '@opentelemetry/api'
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
  counter(
    ofProcess,
    semconv.METRIC_AGENT_GOAL_OUTBOX_DEAD_LETTERS,
    '{record}',
    'Log records refused for good, and rows that cannot be read.',
  )((result) => result.observe(health.deadLetters, file))
  counter(
    ofProcess,
    semconv.METRIC_AGENT_GOAL_OUTBOX_DROPPED,
    '{change}',
    'Changes dropped above the limit.',
  )((result) => result.observe(health.dropped, file))
  counter(
    ofProcess,
    semconv.METRIC_AGENT_GOAL_OUTBOX_FAILURES,
    '{attempt}',
    'Attempts to deliver that failed.',
  )((result) => {
    for (const [type, count] of health.failures) result.observe(count, { ...file, [semconv.ATTR_ERROR_TYPE]: type })
  })
}

function counter(meter: Meter, name: string, unit: string, description: string) {
  const counter: ObservableCounter = meter.createObservableCounter(name, { unit, description })
  return (observe: Parameters<ObservableCounter['addCallback']>[0]) => counter.addCallback(observe)
}
