import * as api from '@opentelemetry/api'
import { reason, warnOnce } from '../base/diagnose.ts'
import { VERSION } from '../base/version.ts'
import type { GoalLogExporter, GoalLogRecord } from './goal-logs.ts'

/** A `LoggerProvider` of either line of OpenTelemetry JS. */
export interface AppLoggerProvider {
  getLogger(name: string, version?: string): { emit(record: object): void }
  forceFlush?(): Promise<void>
}

/** What a batch processor that nobody can flush needs for a batch, by default, in milliseconds. */
const PACE_MS = 1000

/**
 * For log records that go to the agent's LoggerProvider, where no receiver is named. It does not report success, and its processor drops what
 * comes too fast; so each batch is followed by a flush, or a pause.
 */
export function loggerExporter(provider: AppLoggerProvider): GoalLogExporter {
  const known = exporters.get(provider) ?? newExporter(provider)
  exporters.set(provider, known)
  return known
}

const exporters = new WeakMap<AppLoggerProvider, GoalLogExporter>()

function newExporter(provider: AppLoggerProvider): GoalLogExporter {
  warnOnce(
    'logger',
    "log records go to the agent's LoggerProvider, which acknowledges nothing: what it has not sent when the process ends " +
      'is lost; name the receiver by OTEL_EXPORTER_OTLP_ENDPOINT, or give goaltrace an exporter',
  )
  const logger = provider.getLogger('goaltrace', VERSION)
  const emitted = async () => {
    if (provider.forceFlush === undefined) return new Promise<void>((resolve) => setTimeout(resolve, PACE_MS))
    await provider.forceFlush()
  }
  return {
    export(records: GoalLogRecord[], done) {
      for (const { hrTime, hrTimeObserved, spanContext, severityNumber, eventName, attributes } of records) {
        logger.emit({
          timestamp: hrTime,
          observedTimestamp: hrTimeObserved,
          severityNumber,
          eventName,
          attributes,
          context: spanContext ? api.trace.setSpanContext(api.ROOT_CONTEXT, spanContext) : api.ROOT_CONTEXT,
        })
      }
      // What is emitted is out of goaltrace's hands: sent again, it would be there twice.
      emitted()
        .catch((error) => warnOnce('logger flush', `the agent's LoggerProvider does not flush: ${reason(error)}`))
        .then(() => done({ code: 0 }))
    },
  }
}
