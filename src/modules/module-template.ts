/** The files of a new module: a working one, and its test for node's own test runner. */
export function moduleTemplate(name: string): { readonly module: string; readonly test: string } {
  return { module: moduleText(name), test: testText(name) }
}

function moduleText(name: string): string {
  return `/**
 * The slash module /${name}. It works in the folder you trusted, in a thread of its own; what it prints goes to the log.
 * Keep those of the three functions below that you need, and delete the others.
 *
 * context = { command, args, words, prompt, cwd, sessionId, model, effort }
 *
 * @type {import('codex-plus').Module}
 */
export default {
  name: '${name}',
  description: 'What /${name} does, in one line',
  argumentHint: '[what]',
  // Lower comes first.
  priority: 100,
  aliases: [],

  canHandle(command, args) {
    return command === '${name}'
  },

  /** Answers without the model, and without a call upstream; null leaves it to the others. */
  executeLocally(command, args, context) {
    if (args !== 'where') return null
    return \`You are in \\\`\${context.cwd}\\\`.\`
  },

  /** The prompt in place of what was typed. */
  mutatePrompt(command, args, context) {
    return \`Tell me in three sentences about \${args || 'this project'}.\`
  },

  /** Goes on from the prompt: that of a command file ${name}.md, or the one mutatePrompt made. */
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

test('it is for /${name} alone', () => {
  assert.equal(module.canHandle('${name}', ''), true)
  assert.equal(module.canHandle('${name}-other', ''), false)
})

test('it answers "where" itself, and nothing else', () => {
  assert.match(module.executeLocally('${name}', 'where', context), /\\/project/)
  assert.equal(module.executeLocally('${name}', 'tests', context), null)
})

test('it writes the prompt, and goes on from it', () => {
  const prompt = module.mutatePrompt('${name}', 'the tests', context)
  assert.match(prompt, /about the tests/)
  assert.ok(module.enhancePrompt(prompt, context).startsWith(prompt))
})
`
}
