/** `node:crypto`, loaded when it is first needed: about 5 ms, which the start of an agent without goals is spared. */
export const nodeCrypto = () => process.getBuiltinModule('node:crypto')
