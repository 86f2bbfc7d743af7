import * as proposals from './proposals.ts'

/** In the package, proposals.ts is one file for all that loads it, and CommonJS loads it late (tsdown.config.ts). */
export const loadProposals = (): typeof proposals => proposals
