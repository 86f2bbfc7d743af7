import { diag } from '@opentelemetry/api'
import { envDetector } from '@opentelemetry/resources'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { environmentAttributes, resourceAttributes } from '../../src/telemetry/resource.ts'
import { warnings } from '../capture/observed-goals.ts'

const LIST = 'OTEL_RESOURCE_ATTRIBUTES'
const NAME = 'OTEL_SERVICE_NAME'

/** What OpenTelemetry's own SDK takes of the same environment. */
function detected(env: NodeJS.ProcessEnv): unknown {
  const before = { ...process.env }
  delete process.env[LIST]
  delete process.env[NAME]
  Object.assign(process.env, env)
  try {
    return envDetector.detect().attributes
  } finally {
    process.env = before
  }
}

const piece = fc.constantFrom(
  ...[
    'a',
    'service.name',
    'é',
    '=',
    ',',
    ' ',
    '\t',
    '%',
    '%20',
    '%2C',
    '%3D',
    '%C3%A9',
    '%C3',
    '%ZZ',
    '"',
    '__proto__',
  ],
)
const list = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
const pairs = fc
  .array(fc.tuple(piece, piece), { maxLength: 4 })
  .map((all) => all.map((pair) => pair.join('=')).join(','))

describe('a resource of the environment', () => {
  it('is what OpenTelemetry’s SDK makes of it, whatever the text', () => {
    diag.disable()
    fc.assert(
      fc.property(fc.oneof(list, pairs, fc.string()), fc.oneof(list, fc.constant('  ')), (attributes, name) => {
        // No environment can have it.
        fc.pre(!/\0/.test(attributes + name))
        const env = { [LIST]: attributes, [NAME]: name }
        expect(environmentAttributes(env)).toEqual(detected(env))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['a=b,', { a: 'b' }],
    [',,a=b , ,c=d', { a: 'b', c: 'd' }],
    ['a%20b=c%2Cd', { 'a b': 'c,d' }],
    [`a=${'x'.repeat(255)}`, { a: 'x'.repeat(255) }],
    [`a=${'x'.repeat(256)}`, {}],
    ['a=b=c,d=e', {}],
    ['=b', {}],
    ['a', {}],
  ])('%s is %j', (attributes, expected) => {
    expect(environmentAttributes({ [LIST]: attributes })).toEqual(expected)
    expect(detected({ [LIST]: attributes })).toEqual(expected)
  })

  it('has a name though OTEL_SERVICE_NAME is blank', () => {
    expect(resourceAttributes({}, { [NAME]: '  ', [LIST]: 'service.name=shop,' })['service.name']).toBe('shop')
  })

  it.each([
    ['a=b,nonsense', '"nonsense" is not key=value; within either, "=" is written %3D'],
    ['a=50%', '"a=50%" is not percent-encoded, where "%" is written %25'],
  ])('of which nothing is taken, as in %s, is said once to have a mistake', async (attributes, why) => {
    vi.resetModules()
    const said = warnings()
    onTestFinished(() => diag.disable())
    const { environmentAttributes } = await import('../../src/telemetry/resource.ts')
    for (let times = 0; times < 2; times++) environmentAttributes({ [LIST]: attributes })
    expect(said).toEqual([`goaltrace: ${LIST} is ignored, because it has a mistake in it: ${why}`])
  })
})
