/** A value in OTLP's JSON form, where 64-bit integers are decimal strings: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export interface AnyValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string | number
  readonly doubleValue?: number | string
  readonly arrayValue?: { readonly values?: readonly AnyValue[] }
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] }
  readonly bytesValue?: string
}

/** An attribute. */
export interface KeyValue {
  readonly key: string
  readonly value?: AnyValue
}
