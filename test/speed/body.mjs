// Requests of the kind codex sends, of any size.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

export const THREAD = randomUUID()
export const TURN = randomUUID()

/** The headers that tell of a turn of the user's own. */
export const TURN_HEADERS = [
  ['content-type', 'application/json'],
  [
    'x-codex-turn-metadata',
    JSON.stringify({ thread_id: THREAD, turn_id: TURN, request_kind: 'turn', thread_source: 'user', model: 'm' }),
  ],
]

/**
 * The body of a turn with `prompt` as the user's newest message, after as many tool calls and outputs (real source text)
 * as make it `bytes` long.
 */
export function requestBody({ prompt, bytes, id = randomUUID() }) {
  const source = readFileSync(new URL('../../dist/config/settings.js', import.meta.url), 'utf8')
  const message = {
    type: 'message',
    id,
    role: 'user',
    content: [{ type: 'input_text', text: prompt }],
    internal_chat_message_metadata_passthrough: { turn_id: TURN, content_item_kinds: ['user.text'] },
  }
  const body = { model: 'm', instructions: source.slice(0, 4000), input: [], stream: true }
  let length = JSON.stringify({ ...body, input: [message] }).length
  for (let n = 0; length < bytes; n += 1) {
    const output = source.slice((n * 811) % 3000).slice(0, Math.min(6000, bytes - length))
    const items = [
      {
        type: 'function_call',
        id: `fc_${n}`,
        call_id: `call_${n}`,
        name: 'exec_command',
        arguments: '{"cmd":"cat a"}',
      },
      { type: 'function_call_output', call_id: `call_${n}`, output: `${n} ${output}` },
    ]
    length += JSON.stringify(items).length
    body.input.push(...items)
  }
  body.input.push(message)
  return body
}
