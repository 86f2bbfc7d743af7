/**
 * An error that one body may cause a hundred thousand times: capturing a stack takes ten times as long as everything
 * else.
 */
export class StacklessError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}
