/** Why Codex's own analytics lack events that its database has had. */
const DISABLED = 'analytics are off, or nobody is signed in with ChatGPT: Codex posts nothing'
const LOST_AT_EXIT = 'Codex exits, or is killed, before its queue is posted'
const SHUTDOWN_USAGE = 'usage that Codex accounts as it shuts down: in the database, and never posted'
const NOT_LOADED = 'Codex drops the events of a thread that its sender does not know'
const DELETED = 'deleting a thread deletes its goal, of which Codex posts nothing'
const QUEUE_FULL = 'the queue of Codex holds 256 events while its receiver hangs'

/** For each recording that has more events than Codex posted: how many more on its disk and in its transcript, and why. */
export const NOT_POSTED: Readonly<Record<string, { disk?: number; transcript?: number; why: string }>> = {
  'analytics-disabled': { disk: 1, transcript: 1, why: DISABLED },
  'apikey-auth': { disk: 1, transcript: 1, why: DISABLED },
  'no-auth': { disk: 1, transcript: 1, why: DISABLED },
  'crash-loses-queue': { disk: 4, transcript: 4, why: LOST_AT_EXIT },
  'graceful-stop-drain': { disk: 5, transcript: 5, why: LOST_AT_EXIT },
  'sigterm-drain': { disk: 5, transcript: 5, why: LOST_AT_EXIT },
  'stop-right-after-set': { disk: 1, why: LOST_AT_EXIT },
  'replace-after-complete2': { disk: 1, why: SHUTDOWN_USAGE },
  'subagent-rollup': { disk: 1, why: SHUTDOWN_USAGE },
  'token-usage-missing-then-big': { disk: 1, why: SHUTDOWN_USAGE },
  'zero-delta-cached': { disk: 1, why: SHUTDOWN_USAGE },
  'two-connections-ws-less': { disk: 1, why: NOT_LOADED },
  'unloaded-thread-set': { disk: 3, transcript: 3, why: NOT_LOADED },
  'x-second-process-mutates': { disk: 2, why: NOT_LOADED },
  'delete-thread': { disk: 1, transcript: 1, why: DELETED },
  'queue-overflow': { disk: 287, why: QUEUE_FULL },
}
