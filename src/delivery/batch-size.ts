import { numberOf } from '../base/environment.ts'

/** The specification's, see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-logrecord-processor */
const DEFAULT_BATCH_SIZE = 512
/** Rows of a batch are read ahead, and are in memory. */
const LARGEST_BATCH_SIZE = 10_000

/** Log records per request, and rows per batch. */
export function batchSizeOf(env: NodeJS.ProcessEnv = process.env): number {
  const limits = { least: 1, most: LARGEST_BATCH_SIZE }
  return numberOf(env, 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE', limits) ?? DEFAULT_BATCH_SIZE
}
