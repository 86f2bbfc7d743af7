import { warnOnce } from './diagnose.ts'

/** Longer than any pause or time limit that a timer can keep (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
const LONGEST_MS = 2 ** 31 - 1

/** A variable's text; undefined where it is blank, which the specification takes for unset. */
export function textOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name]
  return text === undefined || text.trim() === '' ? undefined : text
}

/** Whether nothing is to be observed: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
export function isDisabled({ OTEL_SDK_DISABLED }: NodeJS.ProcessEnv): boolean {
  return OTEL_SDK_DISABLED?.toLowerCase() === 'true'
}

/**
 * A variable's whole number; undefined where it is unset. A value that is not a number, or is out of range, is
 * reported once and taken as unset:
 * https://opentelemetry.io/docs/specs/otel/configuration/common/#numeric
 */
export function numberOf(
  env: NodeJS.ProcessEnv,
  name: string,
  { least = 0, most = LONGEST_MS }: { least?: number; most?: number } = {},
): number | undefined {
  const text = textOf(env, name)
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  warnOnce(
    name,
    `${name} is ${JSON.stringify(text)}; expected a whole number from ${least} to ${most}; the default is used`,
  )
  return undefined
}

/** A time limit in milliseconds; 0 means none, see https://opentelemetry.io/docs/specs/otel/configuration/common/#timeout */
export function timeLimitOf(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const limit = numberOf(env, name)
  return limit === 0 ? LONGEST_MS : limit
}

/**
 * Which of these words a variable is, in capitals or not; undefined where it is unset, or none of them, which is
 * reported once.
 */
export function choiceOf<Word extends string>(
  env: NodeJS.ProcessEnv,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = textOf(env, name)?.trim()
  const word = words.find((known) => known === text?.toLowerCase())
  if (text !== undefined && word === undefined) {
    warnOnce(name, `${name} is ${JSON.stringify(text)}; expected one of ${words.join(', ')}; the default is used`)
  }
  return word
}
