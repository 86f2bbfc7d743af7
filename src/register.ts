import { DiagLogLevel, diag } from '@opentelemetry/api'
import { GoalInstrumentation } from './api/goal-instrumentation.ts'
import { notify, printNotices, reason, warnOnce } from './base/diagnose.ts'
import { isDisabled, textOf } from './base/environment.ts'
import { noteForRun } from './base/run-notes.ts'

/**
 * `node --import goaltrace/register agent.js`: hooks better-sqlite3 and node:sqlite, and nothing else. No provider is registered,
 * because at this moment the agent's own SDK is not there yet; see telemetry/providers.ts.
 */
// To stderr, whatever the level: what an agent prints is read by programs.
const log = console.error.bind(console)
const level = textOf(process.env, 'OTEL_LOG_LEVEL')
const known = level && DiagLogLevel[level.trim().toUpperCase() as keyof typeof DiagLogLevel]
if (typeof known === 'number') {
  const logger = { error: log, warn: log, info: log, debug: log, verbose: log }
  diag.setLogger(logger, { logLevel: known, suppressOverrideMessage: true })
} else {
  printNotices(log)
  const levels = 'none, error, warn, info, debug, verbose, all'
  if (level)
    notify(
      'OTEL_LOG_LEVEL',
      `OTEL_LOG_LEVEL is ${JSON.stringify(level)}; expected one of ${levels}; it is taken as unset`,
    )
}
if (isDisabled(process.env)) {
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
