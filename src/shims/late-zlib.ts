/** Bundled in place of `zlib` at an exit, whose time is short: loaded where something is to be compressed. */
export const createGzip: typeof import('node:zlib').createGzip = (options) =>
  process.getBuiltinModule('node:zlib').createGzip(options)
