import { Console } from 'node:console'
import { writeFileSync } from 'node:fs'
import { Writable } from 'node:stream'

const STDOUT = 1
const SIGNALS = ['LOGS', 'TRACES', 'METRICS']

/**
 * What this thread prints is written at once, as by the console exporters: by the other way it goes through the thread
 * that started this one, which waits at its exit and prints nothing any more.
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
