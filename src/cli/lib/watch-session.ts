import { once } from 'node:events'
import process from 'node:process'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import type { WatchProgress } from './watch-progress.ts'

/** Milliseconds at the end for what is still pending. */
const DELIVERY_LIMIT = 2000

/** Has goaltrace's own warnings printed between the lines of progress. @returns what prints any other sentence there. */
export function reportWarnings(progress: WatchProgress): (sentence: string) => void {
  const say = (sentence: string) => progress.say(sentence.replace(/^goaltrace: /, ''))
  diag.setLogger({ error: say, warn: say, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN)
  return say
}

/** Resolves when the user ends the watching. */
export function untilStopped(): Promise<unknown> {
  return Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
}

/** Waits for deliveries, but only so long: the next start delivers what is left. Nothing keeps the process once they are made. */
export async function inTime(deliveries: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DELIVERY_LIMIT)
  })
  await Promise.race([Promise.allSettled(deliveries), late])
  clearTimeout(timer)
}
