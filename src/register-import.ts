/**
 * `--import goaltrace/register` loads what `--require` does, dist/register.cjs, as `require` does. Imported, Node would first search its text
 * for the names that it exports, and load all parts of the built-ins that it needs, for theirs: a third of what register adds to a start.
 */
process.getBuiltinModule('node:module').createRequire(import.meta.url)('./register.cjs')
