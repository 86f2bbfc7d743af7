import type { Attribute, Definitions, Group, Ref } from './shape.ts'

/** https://opentelemetry.io/docs/specs/semconv/general/naming/: snake_case in namespaces parted by dots. */
const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)+$/
const WORD = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/
const NAMESPACE = 'agent_goal.'

/** What breaks the rules of naming and reference, a sentence each. */
export function ruleBreaches(own: Definitions, upstream: Definitions): string[] {
  const attributes = [...upstream.attributes, ...own.attributes]
  const signals = [...own.events, ...own.spans, ...own.metrics, ...own.attribute_groups]
  const names = {
    attribute: own.attributes.map(({ key }) => key),
    event: own.events.map(({ name }) => name),
    span: own.spans.map(({ type }) => type),
    metric: own.metrics.map(({ name }) => name),
  }
  return [
    ...Object.entries(names).flatMap(([kind, all]) => [
      ...all.filter((name) => !NAME.test(name)).map((name) => `${kind} ${name}: is not snake_case parted by dots`),
      ...all.filter((name) => !name.startsWith(NAMESPACE)).map((name) => `${kind} ${name}: is not in ${NAMESPACE}*`),
    ]),
    ...twice(attributes.map(({ key }) => key)).map((key) => `attribute ${key}: is defined twice`),
    ...twice(signals.map(idOf)).map((id) => `${id}: is defined twice`),
    ...attributes.filter(isNamespace).map(({ key }) => `attribute ${key}: is the namespace of another one`),
    ...attributes.flatMap(breachesOfType),
    ...own.spans.filter((span) => !WORD.test(span.name.note)).map(({ type }) => `span ${type}: its name is no word`),
    ...own.metrics.filter(({ name }) => /[._]total$/.test(name)).map(({ name }) => `metric ${name}: ends in total`),
    ...signals.flatMap((signal) => breachesOfRefs(idOf(signal), signal.attributes, own.attribute_groups, attributes)),
    ...unused(signals, attributes),
  ]

  function isNamespace({ key }: Attribute): boolean {
    return attributes.some((other) => other.key.startsWith(`${key}.`))
  }
}

/** Every attribute of a signal, those of its groups in their place. Refs to groups that do not exist give none. */
export function resolveRefs(refs: readonly Ref[], groups: readonly Group[]): (Ref & { readonly ref: string })[] {
  return refs.flatMap((ref) => {
    if (ref.ref !== undefined) return [{ ...ref, ref: ref.ref }]
    const group = groups.find(({ id }) => id === ref.ref_group)
    return group ? resolveRefs(group.attributes, groups) : []
  })
}

function breachesOfType({ key, type, examples = [] }: Attribute): string[] {
  if (typeof type === 'object') {
    const ids = type.members.map(({ id }) => id)
    return [
      ...ids.filter((id) => !WORD.test(id)).map((id) => `attribute ${key}: its member ${id} is no word`),
      ...twice([...ids]).map((id) => `attribute ${key}: its member ${id} is there twice`),
      ...twice(type.members.map(({ value }) => value)).map((value) => `attribute ${key}: ${value} is there twice`),
    ]
  }
  const right = (example: unknown) =>
    type === 'int' ? Number.isSafeInteger(example) : typeof example === (type === 'double' ? 'number' : type)
  return [
    ...(type === 'string' && examples.length === 0 ? [`attribute ${key}: is a string without examples`] : []),
    ...examples
      .filter((one) => !right(one))
      .map((one) => `attribute ${key}: its example ${one} is not of type ${type}`),
  ]
}

function breachesOfRefs(
  id: string,
  refs: readonly Ref[],
  groups: readonly Group[],
  attributes: readonly Attribute[],
): string[] {
  const missing = refs.filter(({ ref_group: name }) => name !== undefined && !groups.some((group) => group.id === name))
  const resolved = resolveRefs(refs, groups).map(({ ref }) => ref)
  return [
    ...missing.map(({ ref_group: name }) => `${id}: there is no group ${name}`),
    ...resolved.filter((ref) => !attributes.some(({ key }) => key === ref)).map((ref) => `${id}: there is no ${ref}`),
    ...twice(resolved).map((ref) => `${id}: has ${ref} twice`),
  ]
}

function unused(
  signals: readonly { readonly attributes: readonly Ref[] }[],
  attributes: readonly Attribute[],
): string[] {
  const used = new Set(signals.flatMap((signal) => signal.attributes.map(({ ref }) => ref)))
  return attributes.filter(({ key }) => !used.has(key)).map(({ key }) => `attribute ${key}: nothing refers to it`)
}

function idOf(signal: { readonly id?: string; readonly type?: string; readonly name?: unknown }): string {
  if (signal.id !== undefined) return `group ${signal.id}`
  if (signal.type !== undefined) return `span ${signal.type}`
  return `${'unit' in signal ? 'metric' : 'event'} ${signal.name}`
}

function twice(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
