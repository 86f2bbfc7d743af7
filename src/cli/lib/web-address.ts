import { UsageError } from './command.ts'

/**
 * An http or https address as an option gives it, without the slashes at its end.
 * @throws {UsageError} for another one.
 */
export function webAddress(option: string, given: string, example: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if ((url?.protocol !== 'http:' && url?.protocol !== 'https:') || url.username !== '' || url.search !== '') {
    throw new UsageError(`${option} ${given} is not an address: give one such as ${example}.`)
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}
