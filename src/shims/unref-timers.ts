/** Given to the bundled exporters in place of the global one: their retries must not keep a finished agent alive. */
export function setTimeout(...args: Parameters<typeof globalThis.setTimeout>): NodeJS.Timeout {
  return globalThis.setTimeout(...args).unref()
}
