/** What is needed only where a database has no table that is mapped; pure, and without another module, as bundlers want it. */
export { configText } from './config-text.ts'
export { proposedMappings, unmappedNote } from './proposed-mapping.ts'
