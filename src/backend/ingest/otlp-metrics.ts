import { InvalidRecord } from '../../otlp/invalid-record.ts'
import { isObject } from '../../otlp/json.ts'
import { list } from './otlp-fields.ts'

const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const

/**
 * How many data points there are in an ExportMetricsServiceRequest: metrics are taken, counted and not kept, because
 * this backend knows what is in them from the events.
 * @throws {InvalidRecord} if the body is not such a request, naming the place.
 */
export function otlpMetrics(body: unknown): number {
  let points = 0
  for (const [at, ofResource] of list(body, 'resourceMetrics', '').entries()) {
    const place = `resourceMetrics[${at}]`
    for (const [at, ofScope] of list(ofResource, 'scopeMetrics', place).entries()) {
      const here = `${place}.scopeMetrics[${at}]`
      for (const [at, metric] of list(ofScope, 'metrics', here).entries()) {
        for (const kind of KINDS) {
          points += pointsOf(metric, kind, `${here}.metrics[${at}]`)
        }
      }
    }
  }
  return points
}

function pointsOf(metric: unknown, kind: string, place: string): number {
  if (!isObject(metric)) throw new InvalidRecord(`${place} is not an object`)
  return metric[kind] ? list(metric[kind], 'dataPoints', `${place}.${kind}`).length : 0
}
