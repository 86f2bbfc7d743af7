import { codexRuntime, type NotAGoalEvent, type Runtime } from '../../codex/codex-goal-event.ts'
import { keyValues, plainObject } from '../../otlp/any-value.ts'
import { InvalidRecord } from '../../otlp/invalid-record.ts'
import { isObject, printJson } from '../../otlp/json.ts'
import { isTooLarge } from '../../otlp/record-size.ts'
import type { KeyValue } from '../../otlp/values.ts'

/** The sender of records, read once for all of them. */
export interface Resource {
  readonly list: readonly KeyValue[]
  /** The attributes as JSON text. */
  readonly text: string
  readonly serviceName: string | null
  /** Or the reason why it cannot be made, which matters only to records that have to be translated. */
  readonly runtime: Runtime | NotAGoalEvent
}

/** An invalid resource is returned as an error: it makes each of its goal records invalid, but no other record. */
export function readResource(resource: unknown): Resource | Error {
  try {
    return resourceOf(resource)
  } catch (error) {
    return error as Error
  }
}

function resourceOf(resource: unknown): Resource {
  if (resource !== null && !isObject(resource)) throw new InvalidRecord('resource')
  const list = keyValues(resource?.attributes, 'resource.attributes')
  const attributes = plainObject(list, 'resource.attributes')
  const service = attributes['service.name']
  // It is kept with each of its records.
  if (isTooLarge([], list)) throw new InvalidRecord('size')
  return {
    list,
    text: printJson(attributes),
    serviceName: typeof service === 'string' ? service : null,
    runtime: codexRuntime(list),
  }
}
