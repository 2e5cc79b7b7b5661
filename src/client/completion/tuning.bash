# Completion of the Model Tuning Agent for bash: the commands of `tuning`, and of `npm run` in its folder.
_tuning_complete() {
  local typed="${COMP_LINE:0:COMP_POINT}" value about word prefix='' file
  COMPREPLY=()
  word="${typed##*[[:space:]]}"
  # Bash replaces what stands behind the last of the signs at which it parts words.
  case "$COMP_WORDBREAKS" in *=*) case "$word" in *=*) prefix="${word%=*}=" ;; esac ;; esac
  while IFS=$'\t' read -r value about; do
    if [ "$value" = ':files' ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "${word##*=}")
      return 0
    fi
    case "$value" in *=) compopt -o nospace 2>/dev/null ;; esac
    COMPREPLY+=("${value#"$prefix"}")
  done < <(@ANSWER@ --line "$typed" 2>/dev/null)
}

# What completed npm before is asked where ours has nothing, also when this is read twice.
_tuning_npm_now="$(complete -p npm 2>/dev/null | sed -n 's/.*-F \([^ ]*\).*/\1/p')"
[ "$_tuning_npm_now" = _tuning_complete_npm ] || _tuning_npm_before="$_tuning_npm_now"
_tuning_complete_npm() {
  case "$PWD/" in
    @ROOT@/*)
      _tuning_complete
      [ "${#COMPREPLY[@]}" -gt 0 ] && return 0
      ;;
  esac
  [ -n "$_tuning_npm_before" ] && "$_tuning_npm_before" "$@"
}

complete -F _tuning_complete tuning
complete -o default -F _tuning_complete_npm npm
