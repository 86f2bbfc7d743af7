import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import { warnOnce } from '../base/diagnose.ts'

/** As OTEL_TRACES_SAMPLER says: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
export function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: NodeJS.ProcessEnv): Sampler {
  const [, parentBased, root = 'always_on'] = /^(parentbased_)?(.*)$/.exec(name || 'parentbased_always_on') ?? []
  const sampler = rootSampler(root, ratio)
  if (sampler) return parentBased ? new ParentBasedSampler({ root: sampler }) : sampler
  warnOnce('sampler', `OTEL_TRACES_SAMPLER=${name} is not a supported sampler; using parentbased_always_on`)
  return new ParentBasedSampler({ root: new AlwaysOnSampler() })
}

function rootSampler(name: string, ratio: string | undefined): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratioOf(ratio))
  }
}

function ratioOf(text: string | undefined): number {
  const ratio = Number(text || 1)
  if (ratio >= 0 && ratio <= 1) return ratio
  warnOnce('ratio', `OTEL_TRACES_SAMPLER_ARG=${text} is not a number from 0 to 1; using 1`)
  return 1
}
