/**
 * Node makes its global `performance` when it is first read. Where V8 ends the running script in that moment, as the
 * `timeout` of node:vm does, the global is undefined for good. So it is read here, before any statement of the agent's, and its
 * method as well: fake clocks of tests patch that in place, and a clock that stands still has no deadline.
 */
export const clock: { now(): number } = { now: performance.now.bind(performance) }
