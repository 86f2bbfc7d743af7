import type { Meter, ObservableCounter } from '@opentelemetry/api'
import { reason, warnOnce } from '../base/diagnose.ts'
import * as semconv from '../event/semconv.ts'
import type { HealthView } from '../outbox/outbox-health.ts'
import { fileAttributes } from '../telemetry/goal-metrics.ts'
import type { Meters } from '../telemetry/providers.ts'

/** How an outbox fares, asked when metrics are sent: nothing of it is read or counted for them before. */
export function reportHealth({ ofProcess, ofFile }: Meters, health: HealthView): void {
  const file = fileAttributes(health.file)
  const pending = ofFile.createObservableGauge(semconv.METRIC_AGENT_GOAL_OUTBOX_WAITING, {
    unit: '{change}',
    description: 'Changes of goals that are pending in the outbox.',
  })
  const age = ofFile.createObservableGauge(semconv.METRIC_AGENT_GOAL_OUTBOX_AGE, {
    unit: 's',
    description: 'How long the oldest change in the outbox has been pending.',
  })
  ofFile.addBatchObservableCallback(
    (result) => {
      try {
        const read = health.read()
        result.observe(pending, read.waiting, file)
        if (read.age !== undefined) result.observe(age, read.age, file)
      } catch (error) {
        // Without a value the last one stays what is known, until it is too old for the backend.
        warnOnce(`health ${health.file}`, `how many changes of goals are pending cannot be read: ${reason(error)}`)
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
