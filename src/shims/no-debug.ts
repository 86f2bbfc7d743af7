const noDebug = () => () => {}

/**
 * Bundled in place of `debug`, with which require-in-the-middle would log each module that the agent requires: `debug`
 * inspects the terminal's colours when it loads, 2 to 4 ms of each start, and would print under an agent's `DEBUG=*`.
 */
export { noDebug as 'module.exports' }
