/** Usage of an answer that no model gave. */
const NO_USAGE = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
}

/** One server-sent event in the wire format of the Responses API. */
export function formatEvent(data: { type: string } & Record<string, unknown>): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** A whole Responses stream that carries one assistant message; with `goOn` codex asks again at once (codex-0.169 section 2.5). */
export function messageEvents(responseId: string, text: string, goOn = false): string {
  const message = {
    type: 'message',
    role: 'assistant',
    // No id: codex then makes one of its own, which the real server accepts when the history is sent again.
    content: [{ type: 'output_text', text }],
  }
  return itemEvents(responseId, message, goOn)
}

/** A whole Responses stream that carries one output item. */
export function itemEvents(responseId: string, item: Record<string, unknown>, goOn = false): string {
  const end = goOn ? { end_turn: false } : {}
  return [
    formatEvent({ type: 'response.created', response: { id: responseId } }),
    formatEvent({ type: 'response.output_item.done', output_index: 0, item }),
    formatEvent({ type: 'response.completed', response: { id: responseId, usage: NO_USAGE, ...end } }),
  ].join('')
}
