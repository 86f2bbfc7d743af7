/** What is needed only where a database has no table that is mapped; pure, and without another module, as bundlers want it. */
export { configText } from './config-text.ts'
export { proposedMappings, remarksOn } from './proposed-mapping.ts'
