import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { type Recorded, recorded } from '../fixtures/recorded/load.js'

function textsOf(name: Recorded): string[] {
  return findUserTexts(recorded(name).body).map(({ text }) => text)
}

describe('recorded requests', () => {
  it.each<readonly [Recorded, readonly string[]]>([
    ['first-turn', ['say hi']],
    ['classic-first-turn', ['hi there']],
    ['tool-turn', ['run a tool']],
    ['classic-tool-turn', ['run a tool']],
    ['compaction', ['hello one']],
    ['skill', ['/foo bar', '$cxsk hello']],
    ['after-sub-agent', ['spawn one']],
    // A sub-agent's task is an encrypted message of the agent above it.
    ['sub-agent', []],
  ])('%s holds %j', (name, expected) => {
    expect(textsOf(name)).toEqual(expected)
  })

  // codex labels its own words as the user's in these; the request's class tells them apart (section 3, request classes).
  it.each<readonly [Recorded, number, string]>([
    ['title', 1, 'Generate a concise, single-line task title'],
    ['review', 1, 'Review the current code changes'],
    ['guardian', 17, 'The following is the Codex agent history'],
  ])('%s holds %d texts that codex wrote in the place of the user', (name, count, start) => {
    const texts = textsOf(name)
    expect(texts).toHaveLength(count)
    expect(texts[0]?.startsWith(start)).toBe(true)
  })

  it('have the position and the turn of each text', () => {
    const { body } = recorded('skill')
    const input = body.input as Array<{ id: string; content: Array<{ text: string }> }>
    const texts = findUserTexts(body)
    for (const { item, part, messageId, text } of texts) {
      expect(input[item]?.content[part]?.text).toBe(text)
      expect(input[item]?.id).toBe(messageId)
    }
    expect(texts.map(({ turnId }) => turnId)).toEqual(
      texts.map(
        ({ item }) =>
          (input[item] as unknown as { internal_chat_message_metadata_passthrough: { turn_id: string } })
            .internal_chat_message_metadata_passthrough.turn_id,
      ), // the passthrough of the same message
    )
  })

  it('hold what was typed while the turn ran, after the tool’s output', () => {
    const { body } = recorded('tool-turn')
    const input = body.input as JsonObject[]
    const first = findUserTexts(body)[0]
    const steering = { ...structuredClone(input[first?.item ?? -1]), id: 'msg_steering' } as JsonObject
    steering.content = [{ type: 'input_text', text: 'stop that' }]
    input.push(steering)
    expect(findUserTexts(body).map(({ text, messageId, turnId }) => [text, messageId, turnId])).toEqual([
      ['run a tool', first?.messageId, first?.turnId],
      ['stop that', 'msg_steering', first?.turnId],
    ])
  })
})

function message(content: unknown, kinds?: unknown, extra: JsonObject = {}): JsonObject {
  const passthrough =
    kinds === undefined ? {} : { internal_chat_message_metadata_passthrough: { content_item_kinds: kinds } }
  return { type: 'message', role: 'user', content, ...passthrough, ...extra }
}
const text = (value: string): JsonObject => ({ type: 'input_text', text: value })

describe('labelled parts', () => {
  it.each([
    ['agents_md.instructions'],
    ['environments.environment_context'],
    ['skills.selected_skill_instructions'],
    ['hooks.additional_context'],
    ['goal.internal_context'],
    ['compaction.summary'],
    ['shell_command'],
    ['user.image'],
    ['unknown'],
    ['USER.TEXT'],
  ])('%s is not the user’s text', (kind) => {
    expect(findUserTexts({ input: [message([text('x')], [kind])] })).toEqual([])
  })

  it('go by their label, whatever they say', () => {
    const input = [
      message([text('<environment_context> is what I typed'), text('y')], ['user.text', 'agents_md.instructions']),
    ]
    expect(findUserTexts({ input }).map((found) => found.text)).toEqual(['<environment_context> is what I typed'])
  })

  it('without a label beside labelled ones are not the user’s', () => {
    expect(findUserTexts({ input: [message([text('x'), text('y')], ['user.text'])] })).toHaveLength(1)
  })

  it('keep their place beside an image', () => {
    const input = [
      message([{ type: 'input_image', image_url: 'data:,' }, text('what is it')], ['user.image', 'user.text']),
    ]
    expect(findUserTexts({ input })).toMatchObject([{ item: 0, part: 1, text: 'what is it' }])
  })
})

describe('unlabelled parts', () => {
  it.each([
    '<environment_context>\n  <cwd>/</cwd>',
    '# AGENTS.md instructions for /project\n\n<INSTRUCTIONS>',
    '<user_instructions>',
    '<skill>\n<name>x</name>',
    '<hook_prompt hook_run_id="1">',
    '<codex_internal_context source="goal">',
    '<user_shell_command>',
    '<turn_aborted>',
  ])('that begin with %j are codex’s own', (value) => {
    expect(findUserTexts({ input: [message([text(value)])] })).toEqual([])
  })

  it('are the user’s otherwise', () => {
    expect(
      findUserTexts({ input: [message([text('please <skill>')]), message([text('')])] }).map((found) => found.text),
    ).toEqual(['please <skill>', ''])
  })
})

describe('everything else', () => {
  it.each([
    ['a developer', message([text('x')], ['user.text'], { role: 'developer' })],
    ['an assistant', message([text('x')], ['user.text'], { role: 'assistant' })],
    ['a tool', { type: 'function_call_output', output: [text('x')] }],
    ['an agent', { type: 'agent_message', role: 'user', content: [text('x')] }],
    ['an output part', message([{ type: 'output_text', text: 'x' }], ['user.text'])],
  ])('of %s is not the user’s', (_name, item) => {
    expect(findUserTexts({ input: [item] })).toEqual([])
  })

  it('a message without a type is a message', () => {
    expect(findUserTexts({ input: [{ role: 'user', content: [text('x')] }] })).toMatchObject([
      { messageId: null, turnId: null },
    ])
  })
})

describe('any JSON at all', () => {
  it('is read without a failure, and without being changed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const body = { input: value }
        const before = JSON.stringify(body)
        findUserTexts(body as JsonObject)
        findUserTexts({ input: [value, { role: 'user', content: value }, message([value], value)] })
        expect(JSON.stringify(body)).toBe(before)
      }),
    )
  })

  it('in the place of any value of a recorded request is read without a failure', () => {
    const wire = JSON.stringify(recorded('skill').body)
    fc.assert(
      fc.property(fc.nat(10_000), fc.jsonValue({ maxDepth: 1 }), (at, value) => {
        let seen = 0
        const body = JSON.parse(wire, (_key, old: unknown) => {
          seen += 1
          return seen === at % 1500 ? value : old
        }) as unknown
        if (typeof body !== 'object' || body === null || Array.isArray(body)) return
        for (const found of findUserTexts(body as JsonObject)) expect(typeof found.text).toBe('string')
      }),
      { numRuns: 200 },
    )
  })
})

describe('attachments', () => {
  const image = { type: 'input_image', image_url: 'data:image/png;base64,AA==' }
  const opening = (n: number, path: string): string => `<image name=[Image #${n}] path="${path}">`
  const words = (content: JsonObject[], kinds: string[]): string[] =>
    findUserTexts({ input: [message(content, kinds)] }).map((found) => found.text)

  it('the lines codex writes around an image are not the words of the user', () => {
    expect(
      words(
        [
          text(opening(1, 'pic.png')),
          image,
          text('</image>'),
          text(opening(2, 'a>b.png')),
          image,
          text('</image>'),
          text('/x a'),
        ],
        ['user.text', 'user.image', 'user.text', 'user.text', 'user.image', 'user.text', 'user.text'],
      ),
    ).toEqual(['/x a'])
  })

  it('nor around an image that codex could not process, or audio', () => {
    expect(
      words(
        [
          text(opening(1, 'bad.png')),
          text('image content omitted because it could not be processed'),
          text('</image>'),
          text('/x'),
        ],
        ['user.text', 'images.preparation_error', 'user.text', 'user.text'],
      ),
    ).toEqual(['/x'])
    expect(
      words(
        [text('<audio name=[Audio #1]>'), { type: 'input_audio', audio: {} }, text('</audio>'), text('/x')],
        ['user.text', 'user.audio', 'user.text', 'user.text'],
      ),
    ).toEqual(['/x'])
  })

  it('nor its note about a file it could not read', () => {
    const note = 'Codex could not read the local image at `missing.png`: No such file or directory (os error 2)'
    expect(words([text(note), text('/x')], ['user.text', 'user.text'])).toEqual(['/x'])
    expect(words([text(note)], ['user.text'])).toEqual([note])
  })

  it('the same lines are the words of the user where no attachment stands beside them', () => {
    expect(words([text('<image name=x>'), text('</image>')], ['user.text', 'user.text'])).toEqual([
      '<image name=x>',
      '</image>',
    ])
    expect(words([text('</image>')], ['user.text'])).toEqual(['</image>'])
  })

  it('the context of the IDE stands before the words', () => {
    const context = '# Context from my IDE setup:\n\n## Active file: src/a.ts\n\n## My request for Codex:\n'
    expect(findUserTexts({ input: [message([text(`${context}/x a`)], ['user.text'])] })).toMatchObject([
      { before: context, text: '/x a' },
    ])
  })
})
