/** Replaces the global timer functions in the bundled exporters: their retries must not keep a finished agent alive. */
export function setTimeout(...args: Parameters<typeof globalThis.setTimeout>): NodeJS.Timeout {
  return globalThis.setTimeout(...args).unref()
}
