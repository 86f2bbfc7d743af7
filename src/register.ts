import { DiagLogLevel, diag } from '@opentelemetry/api'
import { GoalInstrumentation } from './api/goal-instrumentation.ts'
import { reason, warnOnce } from './base/diagnose.ts'
import { noteForRun } from './base/run-notes.ts'

/**
 * `node --import goaltrace/register agent.js`: hooks better-sqlite3 and node:sqlite, and nothing else. No provider is registered,
 * because at this moment the agent's own SDK is not there yet; see telemetry/providers.ts.
 */
const level = process.env.OTEL_LOG_LEVEL?.toUpperCase()
if (level && level in DiagLogLevel) {
  // To stderr, whatever the level: what an agent prints is read by programs.
  const log = console.error.bind(console)
  const logger = { error: log, warn: log, info: log, debug: log, verbose: log }
  diag.setLogger(logger, { logLevel: DiagLogLevel[level as keyof typeof DiagLogLevel], suppressOverrideMessage: true })
}
if (process.env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') {
  noteForRun({ kind: 'unobserved', why: 'OTEL_SDK_DISABLED is true' })
} else {
  try {
    // Now, before the agent can leave the folder that it was started in.
    new GoalInstrumentation({ defaultToLocalhost: true })
    noteForRun({ kind: 'observes' })
  } catch (error) {
    // A mapping that cannot be read is no reason to observe something else.
    noteForRun({ kind: 'unobserved', why: reason(error) })
    warnOnce('config', `no goals are observed, until this is fixed: ${reason(error)}`)
  }
}
