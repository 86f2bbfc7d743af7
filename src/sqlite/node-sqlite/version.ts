import { isBuiltin } from 'node:module'

export const FITTING = 'Node 22.16, 24 or newer'

/** Whether this process has a node:sqlite that fits: Node can be built, or started, without. */
export function hasNodeSqlite(): boolean {
  return isBuiltin('node:sqlite') && fitsNodeSqlite(process.versions.node)
}

/** Before Node 22.16 a DatabaseSync does not say whether it is in a transaction. */
export function fitsNodeSqlite(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 16)
}

/** Without the warning that it is experimental, which is the agent's to cause. */
export function loadNodeSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
