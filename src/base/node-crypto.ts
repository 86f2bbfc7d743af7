/**
 * `node:crypto`, loaded when it is first needed: that takes about 5 ms, which an agent without goals does not pay at
 * its start.
 */
export const nodeCrypto = () => process.getBuiltinModule('node:crypto')
