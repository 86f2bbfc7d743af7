import protobuf from 'protobufjs'

/** Encodes requests in OTLP's JSON form as protobuf, by its own schema: what is decoded by another must be the same. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message AnyValue {
    oneof value {
      string string_value = 1;
      bool bool_value = 2;
      int64 int_value = 3;
      double double_value = 4;
      ArrayValue array_value = 5;
      KeyValueList kvlist_value = 6;
      bytes bytes_value = 7;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message Scope { string name = 1; string version = 2; }

  message LogRecord {
    fixed64 time_unix_nano = 1;
    fixed64 observed_time_unix_nano = 11;
    int32 severity_number = 2;
    string severity_text = 3;
    AnyValue body = 5;
    repeated KeyValue attributes = 6;
    uint32 dropped_attributes_count = 7;
    fixed32 flags = 8;
    bytes trace_id = 9;
    bytes span_id = 10;
    string event_name = 12;
  }
  message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
  message Logs { repeated ResourceLogs resource_logs = 1; }

  message Event { fixed64 time_unix_nano = 1; string name = 2; }
  message Status { string message = 2; int32 code = 3; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    string trace_state = 3;
    bytes parent_span_id = 4;
    string name = 5;
    int32 kind = 6;
    fixed64 start_time_unix_nano = 7;
    fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9;
    repeated Event events = 11;
    Status status = 15;
    fixed32 flags = 16;
  }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Traces { repeated ResourceSpans resource_spans = 1; }

  message PartialSuccess { int64 rejected = 1; string error_message = 2; }
  message Response { PartialSuccess partial_success = 1; }
  message RpcStatus { int32 code = 1; string message = 2; }
`)

/** Hex in OTLP's JSON, where protobuf's own has Base64. */
const IDS = ['traceId', 'spanId', 'parentSpanId']

export function encode(message: 'Logs' | 'Traces', request: object): Uint8Array {
  const type = root.lookupType(message)
  const bytes = JSON.parse(JSON.stringify(request), (key, value) =>
    IDS.includes(key) && typeof value === 'string' ? Buffer.from(value, 'hex').toString('base64') : value,
  )
  return type.encode(type.fromObject(bytes)).finish()
}

export async function decodeAnswer(message: 'Response' | 'RpcStatus', answer: Response): Promise<unknown> {
  const type = root.lookupType(message)
  return type.toObject(type.decode(new Uint8Array(await answer.arrayBuffer())), { longs: String })
}

/** A field in the wire format: its tag, the length of its bytes, and they. */
export function framed(tag: number, bytes: Buffer): Buffer<ArrayBuffer> {
  const length: number[] = []
  for (let rest = bytes.length; ; rest >>>= 7) {
    if (rest < 128) return Buffer.concat([Buffer.from([tag, ...length, rest]), bytes])
    length.push((rest & 127) | 128)
  }
}
