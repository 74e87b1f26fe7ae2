import { CodexPlusError } from '../errors.js'
import { threadFile } from '../prompt/thread-file.js'
import { type Conversation, readConversation } from './conversation.js'
import { readEntries } from './read-entries.js'

/** Reads the conversation of a thread. Throws CP_SESSION_NOT_FOUND when it was not recorded or cannot be read. */
export function loadSession(folder: string, threadId: string): Conversation {
  let conversation: Conversation | null = null
  try {
    conversation = readConversation(readEntries(threadFile(folder, threadId)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(threadId, error)
  }
  if (conversation !== null) return conversation
  throw new CodexPlusError('CP_SESSION_NOT_FOUND', `thread ${threadId} was not recorded.`, {
    hint: '`codex-plus sessions list` shows the recorded sessions.',
  })
}

function unreadable(threadId: string, cause: unknown): CodexPlusError {
  const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
  return new CodexPlusError('CP_SESSION_NOT_FOUND', `the record of thread ${threadId} cannot be read (${why}).`, {
    cause,
  })
}
