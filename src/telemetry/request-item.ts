/** What is sent of a signal: a log record, a span. */
export interface RequestItem {
  readonly resource: { readonly attributes: Readonly<Record<string, unknown>> }
  readonly instrumentationScope: {
    readonly name: string
    readonly version?: string | undefined
    readonly schemaUrl?: string | undefined
  }
}
