import { Console } from 'node:console'
import { writeFileSync } from 'node:fs'
import { Writable } from 'node:stream'

const STDOUT = 1
const SIGNALS = ['LOGS', 'TRACES', 'METRICS']

/**
 * Writes this thread's output, such as the console exporters', at once: `process.stdout` would send it through the thread
 * that started this one, which is blocked in its exit handler.
 */
export function printAtOnce(): void {
  if (!SIGNALS.some((signal) => process.env[`OTEL_${signal}_EXPORTER`]?.trim().toLowerCase() === 'console')) return
  const stdout = new Writable({
    write(text, _, done) {
      writeFileSync(STDOUT, text)
      done()
    },
  })
  globalThis.console = new Console(stdout)
}
