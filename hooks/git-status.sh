#!/bin/sh
# SessionStart (or UserPromptSubmit): tells the model where the repository stands. What a hook of these events prints is
# added to what the model is told; outside of a repository it prints nothing.
cat >/dev/null
cd "${CLAUDE_PROJECT_DIR:-.}" 2>/dev/null || exit 0
# Neither a pager nor a hook of the repository's configuration may start here, and nothing is locked.
export GIT_OPTIONAL_LOCKS=0 GIT_PAGER=cat
git() { command git -c core.fsmonitor=false -c color.ui=false "$@" 2>/dev/null; }

git rev-parse --is-inside-work-tree >/dev/null || exit 0
branch=$(git symbolic-ref --quiet --short HEAD || git rev-parse --short HEAD)
changes=$(git status --short)
count=$(printf '%s' "$changes" | grep -c '' )

echo "Git branch: $branch"
if [ -z "$changes" ]; then
  echo 'Nothing is changed.'
else
  echo "Changed files ($count):"
  printf '%s\n' "$changes" | head -n 30
  [ "$count" -le 30 ] || echo "... and $((count - 30)) more"
fi
commits=$(git log --oneline --no-decorate -n 5)
if [ -n "$commits" ]; then
  echo 'Last commits:'
  printf '%s\n' "$commits"
fi
exit 0
