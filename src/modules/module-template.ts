/** Returns the files of a new module: a working example and its test for Node's test runner. */
export function moduleTemplate(name: string): { readonly module: string; readonly test: string } {
  return { module: moduleText(name), test: testText(name) }
}

function moduleText(name: string): string {
  return `/**
 * The slash module /${name}. It runs in a separate thread and only in a trusted folder; its console output goes to the log.
 * Keep the functions you need of the last three, and delete the others.
 *
 * context = { command, args, words, prompt, cwd, sessionId, model, effort }
 *
 * @type {import('codex-plus').Module}
 */
export default {
  name: '${name}',
  description: 'What /${name} does, in one line',
  argumentHint: '[what]',
  // Modules with a lower priority run first.
  priority: 100,
  aliases: [],

  canHandle(command, args) {
    return command === '${name}'
  },

  /** Answers without calling the model; null passes the command on to the other modules. */
  executeLocally(command, args, context) {
    if (args !== 'where') return null
    return \`You are in \\\`\${context.cwd}\\\`.\`
  },

  /** Returns the prompt that replaces the typed text. */
  mutatePrompt(command, args, context) {
    return \`Tell me in three sentences about \${args || 'this project'}.\`
  },

  /** Extends the prompt of a command file ${name}.md, or the one that mutatePrompt returned. */
  enhancePrompt(prompt, context) {
    return \`\${prompt}\\n\\nName the files you read.\`
  },
}
`
}

function testText(name: string): string {
  return `// Run it with: node --test .claude/modules/${name}.test.mjs
import assert from 'node:assert/strict'
import { test } from 'node:test'
import module from './${name}.mjs'

const context = {
  command: '${name}',
  args: '',
  words: [],
  prompt: null,
  cwd: '/project',
  sessionId: 'test',
  model: null,
  effort: null,
}

test('handles only /${name}', () => {
  assert.equal(module.canHandle('${name}', ''), true)
  assert.equal(module.canHandle('${name}-other', ''), false)
})

test('answers only "where" locally', () => {
  assert.match(module.executeLocally('${name}', 'where', context), /\\/project/)
  assert.equal(module.executeLocally('${name}', 'tests', context), null)
})

test('creates the prompt and extends it', () => {
  const prompt = module.mutatePrompt('${name}', 'the tests', context)
  assert.match(prompt, /about the tests/)
  assert.ok(module.enhancePrompt(prompt, context).startsWith(prompt))
})
`
}
