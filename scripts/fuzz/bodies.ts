import type { Random } from './random.ts'

/** Valid bodies that are then corrupted: pure noise is rejected before anything interesting happens. */

/** JSON texts that replace a value. */
const HOSTILE: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '1.5',
  '1e308',
  '1e999',
  '9007199254740993',
  '-9223372036854775808',
  '9223372036854775808',
  '99999999999999999999999999',
  '""',
  '"\\ud800"',
  '"\\udc00x"',
  '"\\u0000\\u0007\\u001b[31m"',
  '"<script>alert(1)</script>"',
  '"\'); DROP TABLE event; --"',
  '"__proto__"',
  '"constructor"',
  '"\u202e\ufffd\u{1f600}"',
  '"9223372036854775807"',
  '"-1"',
  '"NaN"',
  '[]',
  '{}',
  '[null]',
  '[[[[]]]]',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toJSON":1}',
  '{"stringValue":"x","intValue":"7"}',
  '{"intValue":"9223372036854775807"}',
  '{"intValue":9007199254740993}',
  '{"doubleValue":"NaN"}',
  '{"bytesValue":""}',
  '{"arrayValue":{"values":[{}]}}',
  '{"kvlistValue":{"values":[{"key":"event_type","value":{"stringValue":"codex_goal_event"}}]}}',
  '{"stringValue":null}',
]

export function jsonBody(random: Random, good: unknown): string {
  const text = mutated(random, good)
  // Only a few texts are not JSON at all: the parser is not ours.
  if (random.once(20)) return text.slice(0, random.below(text.length))
  if (random.once(50))
    return text.replace(/[{}[\],:"]/g, (mark) => (random.once(40) ? random.of(['{', ']', ',', '"']) : mark))
  return text
}

/** Valid JSON with some values replaced. */
function mutated(random: Random, value: unknown): string {
  if (random.once(60)) return hostile(random)
  if (Array.isArray(value)) {
    const list = value.map((one) => mutated(random, one))
    if (random.once(10)) list.push(...list.slice(0, 2))
    if (random.once(20)) list.length = 0
    return `[${list.join(',')}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(() => !random.once(60))
    .map(([key, member]) => `${JSON.stringify(random.once(80) ? '__proto__' : key)}:${mutated(random, member)}`)
  if (random.once(30)) members.reverse()
  if (random.once(30)) members.push(`"from_tomorrow":${hostile(random)}`)
  return `{${members.join(',')}}`
}

function hostile(random: Random): string {
  if (random.once(200)) return `"${'x'.repeat(1_000_000)}"`
  if (random.once(100)) return `${'['.repeat(5000)}${']'.repeat(5000)}`
  if (random.once(100)) return `${'{"arrayValue":{"values":['.repeat(200)}{}${']}}'.repeat(200)}`
  return random.of(HOSTILE)
}

export function binaryBody(random: Random, good: Uint8Array): Buffer {
  let bytes = Buffer.from(good)
  for (let edit = random.below(4); edit > 0; edit--) {
    const at = random.below(bytes.length + 1)
    switch (random.below(6)) {
      case 0:
        bytes = bytes.subarray(0, at)
        break
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(bytes.length + 1))])
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([random.below(256)]), bytes.subarray(at)])
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(random.below(12), 0xff), bytes.subarray(at)])
        break
      default:
        if (at < bytes.length)
          bytes[at] = random.once(2) ? random.below(256) : (bytes[at] as number) ^ (1 << random.below(8))
    }
  }
  return bytes
}
