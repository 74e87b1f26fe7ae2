/** Token usage of a response that no model produced. */
const NO_USAGE = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
}

/** Formats one server-sent event of the Responses API. */
export function formatEvent(data: { type: string } & Record<string, unknown>): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}

/**
 * Writes a complete Responses stream with one assistant message; with `continueTurn` codex sends its next request of the
 * turn at once (codex-0.169 section 2.5).
 */
export function messageEvents(responseId: string, text: string, continueTurn = false): string {
  return itemEvents(responseId, assistantMessage(text), continueTurn)
}

/** Writes a complete Responses stream with one output item. */
export function itemEvents(responseId: string, item: Record<string, unknown>, continueTurn = false): string {
  return itemEventData(responseId, item, continueTurn).map(formatEvent).join('')
}

/** Returns the data of the events of a complete response with one output item. */
export function itemEventData(
  responseId: string,
  item: Record<string, unknown>,
  continueTurn = false,
): Array<{ type: string } & Record<string, unknown>> {
  const end = continueTurn ? { end_turn: false } : {}
  return [
    { type: 'response.created', response: { id: responseId } },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id: responseId, usage: NO_USAGE, ...end } },
  ]
}

/** Returns the output item of an assistant message. */
export function assistantMessage(text: string): Record<string, unknown> {
  return {
    type: 'message',
    role: 'assistant',
    // Without an id codex creates one, which the real server accepts when the history is sent again.
    content: [{ type: 'output_text', text }],
  }
}
