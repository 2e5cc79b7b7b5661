#compdef tuning npm
# Completion of the Model Tuning Agent for zsh: the commands of `tuning`, and of `npm run` in its folder.
_tuning_complete() {
  local line value about
  local -a values shown open openShown
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      compset -P '*='
      _files
      return
    fi
    value=${line%%$'\t'*}
    about=${line#*$'\t'}
    [[ -n $about ]] && about="  -- $about"
    if [[ $value == *= ]]; then
      open+=("$value")
      openShown+=("$value$about")
    else
      values+=("$value")
      shown+=("$value$about")
    fi
  done < <(@ANSWER@ -- "${(@Q)words[1,CURRENT]}" 2>/dev/null)
  (( $#values + $#open )) || return 1
  (( $#values )) && compadd -l -V values -d shown -a values
  (( $#open )) && compadd -l -V open -S '' -d openShown -a open
  return 0
}

_tuning_complete_npm() {
  if [[ $PWD/ == @ROOT@/* ]] && _tuning_complete; then return 0; fi
  [[ -n $_tuning_npm_before ]] && $_tuning_npm_before "$@"
}

(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u; }
# What completed npm before is asked where ours has nothing, also when this is read twice.
[[ ${_comps[npm]:-} == _tuning_complete_npm ]] || typeset -g _tuning_npm_before=${_comps[npm]:-}
compdef _tuning_complete tuning
compdef _tuning_complete_npm npm
