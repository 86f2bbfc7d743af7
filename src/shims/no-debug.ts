const noDebug = () => () => {}

/**
 * Bundled in place of `debug`, by which require-in-the-middle would tell of each module that the agent requires: `debug`
 * looks at the terminal's colours when it is loaded, 2 to 4 ms of each start, and would speak up in an agent's `DEBUG=*`.
 */
export { noDebug as 'module.exports' }
