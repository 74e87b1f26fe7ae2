#!/bin/sh
# SessionStart (or UserPromptSubmit): tells the model the state of the repository. The output of a hook of these events is
# added to the context of the model. Outside of a repository this hook prints nothing.
cat >/dev/null
cd "${CLAUDE_PROJECT_DIR:-.}" 2>/dev/null || exit 0
# git must not start a pager or a program of the repository's configuration, and must not take locks.
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
