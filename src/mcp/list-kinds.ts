import { isObject } from '../json.js'

type Item = Readonly<Record<string, unknown>>

/** A kind of list that servers have: its method, and how one of its items is read. */
export interface ListKind {
  readonly method: string
  /** The key of the list in the result. */
  readonly key: string
  readonly singular: string
  readonly plural: string
  /** The field that has to be different in each item. */
  readonly id: string
  /** Returns the item as the protocol asks for it, or what is wrong with it. */
  read(item: unknown): Item | string
}

/** The type of an optional field, and how it is called. */
type Check = readonly [name: string, is: (value: unknown) => boolean]

const TEXT: Check = ['a string', (value) => typeof value === 'string']
const NUMBER: Check = ['a number', (value) => typeof value === 'number']
const FLAG: Check = ['true or false', (value) => typeof value === 'boolean']
const OBJECT: Check = ['an object', isObject]
const TEXTS: Check = ['a list of strings', (value) => isListOf(value, (each) => typeof each === 'string')]
const ICONS: Check = [
  'a list of icons',
  (value) => isListOf(value, (each) => isObject(each) && typeof each.src === 'string'),
]

const COMMON = { title: TEXT, description: TEXT, icons: ICONS, _meta: OBJECT }
const ANNOTATIONS = { audience: TEXTS, priority: NUMBER, lastModified: TEXT }
const HINTS = { title: TEXT, readOnlyHint: FLAG, destructiveHint: FLAG, idempotentHint: FLAG, openWorldHint: FLAG }

/**
 * The four lists of the protocol (revision 2025-11-25, schema.ts). codex 0.169 refuses a whole list for one item that differs,
 * and the model's server a whole request for a tool whose schema is no object.
 */
export const LIST_KINDS: readonly ListKind[] = [
  {
    ...{ method: 'tools/list', key: 'tools', singular: 'tool', plural: 'tools', id: 'name' },
    read: (item) =>
      readItem(item, ['name'], { ...COMMON, annotations: OBJECT, execution: OBJECT }, (tool) => {
        const input = readSchema(tool.inputSchema, 'inputSchema')
        if (typeof input === 'string') return input
        const output = tool.outputSchema === undefined ? null : readSchema(tool.outputSchema, 'outputSchema')
        if (typeof output === 'string') return output
        const annotations =
          tool.annotations === undefined ? null : readFields(tool.annotations as Item, HINTS, 'annotations.')
        if (typeof annotations === 'string') return annotations
        return {
          ...tool,
          inputSchema: input,
          ...(output && { outputSchema: output }),
          ...(annotations && { annotations }),
        }
      }),
  },
  {
    ...{ method: 'prompts/list', key: 'prompts', singular: 'prompt', plural: 'prompts', id: 'name' },
    read: (item) =>
      readItem(item, ['name'], COMMON, (prompt) => {
        if (prompt.arguments === undefined) return prompt
        if (!Array.isArray(prompt.arguments)) return '"arguments" is not a list'
        const read = (prompt.arguments as unknown[]).map((given) =>
          readItem(given, ['name'], { ...COMMON, required: FLAG }),
        )
        const wrong = read.findIndex((given) => typeof given === 'string')
        return wrong === -1 ? { ...prompt, arguments: read } : `argument ${wrong + 1}: ${String(read[wrong])}`
      }),
  },
  {
    ...{ method: 'resources/list', key: 'resources', singular: 'resource', plural: 'resources', id: 'uri' },
    read: (item) => readResource(item, 'uri', { size: NUMBER }),
  },
  {
    ...{ method: 'resources/templates/list', key: 'resourceTemplates', id: 'uriTemplate' },
    ...{ singular: 'resource template', plural: 'resource templates' },
    read: (item) => readResource(item, 'uriTemplate', {}),
  },
]

function readResource(item: unknown, id: string, more: Readonly<Record<string, Check>>): Item | string {
  return readItem(item, [id, 'name'], { ...COMMON, ...more, mimeType: TEXT, annotations: OBJECT }, (resource) => {
    if (resource.annotations === undefined) return resource
    const annotations = readFields(resource.annotations as Item, ANNOTATIONS, 'annotations.')
    return typeof annotations === 'string' ? annotations : { ...resource, annotations }
  })
}

/** Reads an item with its required texts and its optional fields; `more` reads the rest. */
function readItem(
  item: unknown,
  required: readonly string[],
  optional: Readonly<Record<string, Check>>,
  more: (item: Item) => Item | string = (read) => read,
): Item | string {
  if (!isObject(item)) return 'it is not an object'
  for (const key of required) {
    const value = item[key]
    if (value === undefined || value === null) return `it has no "${key}"`
    if (typeof value !== 'string') return `"${key}" is not a string`
    if (value === '' && key === required[0]) return `"${key}" is empty`
  }
  const read = readFields(item, optional, '')
  return typeof read === 'string' ? read : more(read)
}

/** Returns the fields that are not null, as servers write null for what they do not set; or which of them has another type. */
function readFields(item: Item, checks: Readonly<Record<string, Check>>, path: string): Item | string {
  const fields = Object.entries(item).filter(([, value]) => value !== null)
  for (const [key, value] of fields) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined
    if (check !== undefined && !check[1](value)) return `"${path}${key}" is not ${check[0]}`
  }
  return Object.fromEntries(fields)
}

/** Reads the schema of a tool's input or output, which is one of an object. */
function readSchema(schema: unknown, key: string): Item | string {
  if (schema === undefined || schema === null) return `it has no "${key}"`
  if (!isObject(schema)) return `"${key}" is not an object`
  const fields = Object.fromEntries(
    Object.entries(schema).filter(
      ([name, value]) => value !== null || !['type', 'properties', 'required'].includes(name),
    ),
  )
  const { type, properties, required } = fields
  if (type !== undefined && type !== 'object') return `"${key}.type" is not "object"`
  if (properties !== undefined && !isObject(properties)) return `"${key}.properties" is not an object`
  if (required !== undefined && !TEXTS[1](required)) return `"${key}.required" is not a list of strings`
  return type === undefined ? { type: 'object', ...fields } : fields
}

function isListOf(value: unknown, is: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && (value as unknown[]).every(is)
}
