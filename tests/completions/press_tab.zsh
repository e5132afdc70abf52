# Types a line in a zsh of its own and presses Tab: prints what is offered, a word a line.
zmodload zsh/zpty
zpty tab zsh -f -i
zpty -w tab "PS1= ; PS2= ; setopt no_beep; unsetopt zle_bracketed_paste; stty -echo"
zpty -w tab 'fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit -u; print READY-$((1 + 1))'
local text
zpty -r -m tab text "*READY-2*"
# Every word that would be offered goes out on a line of its own: lists and menus depend on the screen. With -O, -A and -D
# the completion system only asks which words fit.
zpty -w tab 'compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
  local -a fitting
  builtin compadd -A fitting "$@"
  local word; for word in $fitting; do print; print -r -- "OFFER ${word}"; done
  builtin compadd "$@"
}'
zpty -w tab 'finish() { print -r -- "OVER-$((1 + 1))"; BUFFER= }; zle -N finish; bindkey "^X" finish'
zpty -n -w tab "$1"$'\t\x18'
zpty -r -m tab text "*OVER-2*"
zpty -d tab
print -r -- "$text" | tr -d '\r' | grep -a '^OFFER ' | cut -c7-
