// The stdio server that the conformance suite's server scenarios ask for: fixed tools, prompts and resources by their names.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA='
const text = (value) => ({ type: 'text', text: value })
const image = { type: 'image', data: PNG, mimeType: 'image/png' }
const resource = (uri, value, mimeType = 'text/plain') => ({
  type: 'resource',
  resource: { uri, mimeType, text: value },
})
const pause = () => new Promise((resolve) => setTimeout(resolve, 50))

const server = new Server(
  { name: 'conformance', version: '1.0.0' },
  {
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      logging: {},
      completions: {},
    },
  },
)
const ask = (method, params) => server.request({ method, params }, ResultSchema)
const elicit = async (message, properties, required = []) => {
  const requestedSchema = { type: 'object', properties, required }
  const { action, content } = await ask('elicitation/create', { mode: 'form', message, requestedSchema })
  return [text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`)]
}
const titled = [
  { const: 'value1', title: 'First Option' },
  { const: 'value2', title: 'Second Option' },
  { const: 'value3', title: 'Third Option' },
]
const plain = ['option1', 'option2', 'option3']

/** Each tool: what it answers, and what it takes where that matters. */
const TOOLS = {
  test_simple_text: { run: () => [text('This is a simple text response for testing.')] },
  test_image_content: { run: () => [image] },
  test_audio_content: { run: () => [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] },
  test_embedded_resource: {
    run: () => [resource('test://embedded-resource', 'This is an embedded resource content.')],
  },
  test_multiple_content_types: {
    run: () => [
      text('Multiple content types test:'),
      image,
      resource('test://mixed-content-resource', '{"test":"data","value":123}', 'application/json'),
    ],
  },
  test_tool_with_logging: {
    async run() {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await server.notification({ method: 'notifications/message', params: { level: 'info', data } })
        await pause()
      }
      return [text('Tool with logging executed successfully')]
    },
  },
  test_tool_with_progress: {
    async run(_args, progressToken) {
      for (const progress of [0, 50, 100]) {
        const params = { progressToken, progress, total: 100, message: `Completed step ${progress} of 100` }
        await server.notification({ method: 'notifications/progress', params })
        await pause()
      }
      return [text(String(progressToken))]
    },
  },
  test_error_handling: {
    run() {
      throw new Error('This tool intentionally returns an error for testing')
    },
  },
  test_reconnection: {
    async run() {
      await pause()
      return [text('Reconnection test completed successfully.')]
    },
  },
  test_sampling: {
    input: { prompt: { type: 'string' } },
    async run({ prompt }) {
      const messages = [{ role: 'user', content: text(prompt) }]
      const { content } = await ask('sampling/createMessage', { messages, maxTokens: 100 })
      return [text(`LLM response: ${content.text}`)]
    },
  },
  test_elicitation: {
    input: { message: { type: 'string' } },
    run: ({ message }) =>
      elicit(message, { response: { type: 'string', description: "User's response" } }, ['response']),
  },
  test_elicitation_sep1034_defaults: {
    run: () =>
      elicit('Please review the defaults', {
        name: { type: 'string', default: 'John Doe' },
        age: { type: 'integer', default: 30 },
        score: { type: 'number', default: 95.5 },
        status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
        verified: { type: 'boolean', default: true },
      }),
  },
  test_elicitation_sep1330_enums: {
    run: () =>
      elicit('Please choose', {
        untitledSingle: { type: 'string', enum: plain },
        titledSingle: { type: 'string', oneOf: titled },
        legacyEnum: {
          type: 'string',
          enum: ['opt1', 'opt2', 'opt3'],
          enumNames: ['Option One', 'Option Two', 'Option Three'],
        },
        untitledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', enum: plain } },
        titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: titled } },
      }),
  },
  json_schema_2020_12_tool: {
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: { address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
      properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
      additionalProperties: false,
    },
    run: (args) => [text(JSON.stringify(args))],
  },
}
const PROMPTS = {
  test_simple_prompt: { messages: () => [text('This is a simple prompt for testing.')] },
  test_prompt_with_arguments: {
    args: ['arg1', 'arg2'],
    messages: ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    args: ['resourceUri'],
    messages: ({ resourceUri }) => [
      resource(resourceUri, 'Embedded resource content for testing.'),
      text('Please process it.'),
    ],
  },
  test_prompt_with_image: { messages: () => [image, text('Please analyze the image above.')] },
}
const RESOURCES = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched resource content' },
}

const HANDLERS = {
  'tools/list': () => ({
    tools: Object.entries(TOOLS).map(([name, { input = {}, schema }]) => ({
      name,
      description: `${name} of the conformance suite`,
      inputSchema: schema ?? { type: 'object', properties: input },
    })),
  }),
  async 'tools/call'({ name, arguments: args = {}, _meta }) {
    try {
      return { content: await TOOLS[name].run(args, _meta?.progressToken ?? 0) }
    } catch (error) {
      return { content: [text(error.message)], isError: true }
    }
  },
  'prompts/list': () => ({
    prompts: Object.entries(PROMPTS).map(([name, { args = [] }]) => ({
      name,
      description: `${name} of the conformance suite`,
      arguments: args.map((arg) => ({ name: arg, description: arg, required: true })),
    })),
  }),
  'prompts/get': ({ name, arguments: args = {} }) => ({
    messages: PROMPTS[name].messages(args).map((content) => ({ role: 'user', content })),
  }),
  'resources/list': () => ({
    resources: Object.entries(RESOURCES).map(([uri, { mimeType }]) => ({ uri, name: uri, description: uri, mimeType })),
  }),
  'resources/templates/list': () => ({
    resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }],
  }),
  'resources/read'({ uri }) {
    const [, id] = /^test:\/\/template\/(.*)\/data$/.exec(uri) ?? []
    const made = {
      mimeType: 'application/json',
      text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
    }
    return { contents: [{ uri, ...(id === undefined ? RESOURCES[uri] : made) }] }
  },
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
  'completion/complete': () => ({ completion: { values: [], total: 0, hasMore: false } }),
  'logging/setLevel': () => ({}),
}
server.removeRequestHandler('logging/setLevel')
server.fallbackRequestHandler = async ({ method, params }) => await HANDLERS[method](params ?? {})
await server.connect(new StdioServerTransport())
