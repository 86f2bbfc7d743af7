import { reason, warnOnce } from '../base/diagnose.ts'

/** How long to gather other files that meet the same fault. */
const GATHERED_MS = 2000

const filesByCause = new Map<string, Set<string>>()

/** Warns that the first file's goals are pending because of a fault, and in one line more of all files that meet it soon after. */
export function warnOfPending(file: string, error: unknown): void {
  const why = reason(error)
  const cause = causeOf(why.replaceAll(file, ''))
  const files = filesByCause.get(cause)
  if (files) return void files.add(file)
  filesByCause.set(cause, new Set([file]))
  warnOnce(
    `pending ${cause}`,
    `changes of goals are pending in the outbox of ${file}, since delivering them failed: ${why}`,
  )
  setTimeout(() => warnOfOthers(cause, why), GATHERED_MS).unref()
}

/** What was pending in a file that was removed is lost with it, as the goals are. */
export function warnOfGone(file: string): void {
  warnOnce(`gone ${file}`, `changes of goals that were not delivered are gone with ${file}, which is removed`)
}

function warnOfOthers(cause: string, why: string): void {
  const [, next, ...more] = filesByCause.get(cause) ?? []
  if (next === undefined) return
  const others = more.length > 0 ? ` and ${more.length} other ${more.length === 1 ? 'file' : 'files'}` : ''
  warnOnce(`others pending ${cause}`, `changes in ${next}${others} are pending as well: ${why}`)
}

/** Without numbers and ids: a receiver that numbers its answers must not look like a new cause each time. */
function causeOf(why: string): string {
  return why.replace(/[\da-f-]{8,}|\d+/gi, '')
}
