/**
 * `--import goaltrace/register` loads what `--require` does, dist/register.cjs: a Node built-in that an ES module imports has
 * all of its parts loaded at once, for their names, which is a quarter of what register adds to a start.
 */
import './register.ts'
