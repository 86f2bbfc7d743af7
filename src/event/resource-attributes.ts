/** Who sends: the attributes of an OpenTelemetry resource. */
export type ResourceAttributes = Readonly<Record<string, string | number | boolean>>
