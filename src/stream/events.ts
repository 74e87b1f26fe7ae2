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

/** A whole Responses stream that carries one assistant message (codex-0.169 section 2.5). */
export function messageEvents(responseId: string, text: string): string {
  return itemEvents(responseId, {
    type: 'message',
    role: 'assistant',
    // No id: codex then makes one of its own, which the real server accepts when the history is sent again.
    content: [{ type: 'output_text', text }],
  })
}

/** A whole Responses stream that carries one output item. */
export function itemEvents(responseId: string, item: Record<string, unknown>): string {
  return [
    formatEvent({ type: 'response.created', response: { id: responseId } }),
    formatEvent({ type: 'response.output_item.done', output_index: 0, item }),
    formatEvent({ type: 'response.completed', response: { id: responseId, usage: NO_USAGE } }),
  ].join('')
}
