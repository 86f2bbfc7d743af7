import { createRequire } from 'node:module'

/**
 * `--import goaltrace/register` loads what `--require` does: a Node built-in that an ES module imports has all of its
 * parts loaded at once, for their names, which is a quarter of what register adds to a start.
 */
createRequire(import.meta.url)('./register.cjs')
