import { warnOnce } from '../base/diagnose.ts'

/** The options' names in 0.1, which are read until 1.0. */
const CURRENT = new Map([
  ['outboxLimit', 'maxOutboxRows'],
  ['threads', 'resolveThread'],
  ['orLocalhost', 'defaultToLocalhost'],
])

/** The options by their current names; each old one is reported once. Where both are given, the current one counts. */
export function withCurrentNames<Options>(operation: string, options: Options): Options {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options
  if (!Object.keys(options).some((key) => CURRENT.has(key))) return options
  const named: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(options)) {
    const current = CURRENT.get(key)
    if (current === undefined) named[key] = value
    else if (value !== undefined) {
      named[current] ??= value
      warnOnce(`option ${key}`, `${operation}: ${key} is deprecated; use ${current}`)
    }
  }
  return named as Options
}
