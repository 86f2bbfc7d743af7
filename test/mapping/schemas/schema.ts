/** A schema as a public agent has it; names and rows are invented. */
export interface AgentSchema {
  readonly name: string
  /** By which the agent makes its tables, before its first goal. */
  readonly schema: string
  /** What it does then, a statement each. */
  readonly work: readonly string[]
  /** `GOAL EVENT STATUS`, and what it has used where that is known. */
  readonly events: readonly string[]
}
