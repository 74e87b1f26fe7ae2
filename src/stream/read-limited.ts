/**
 * Reads a body to its end. Returns null when it has more than `limit` bytes: iteration stops there, which cancels a web
 * stream and destroys one of Node's.
 */
export async function readLimited(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limit: number,
): Promise<Buffer | null> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body) {
    length += part.length
    if (length > limit) return null
    parts.push(part)
  }
  return Buffer.concat(parts, length)
}
