# Sourced by every script here: strict, at the checkout's root, one voice, and `--help` from the
# script's own head.
set -euo pipefail
script=$(readlink -f "$0")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset PYTHONHOME PYTHONPATH # another Python's folders would be imported by ours
export UV_SYSTEM_CERTS=1    # uv trusts what this machine trusts, as pip does

say() { printf 'latchstring: %s\n' "$*" >&2; }
fail() {
  say "$@"
  exit 1
}


# `--on LEG`, where it comes first, names a release of Home Assistant by its group in pyproject.toml: sets `leg`, to
# the first argument without it, and `arguments` to those that follow.
choose_leg() {
  leg=$1
  shift
  if [[ ${1-} == --on ]]; then
    leg=${2-}
    [[ $leg == floor || $leg == tested || $leg == newest ]] || fail "--on what: floor, tested or newest?"
    shift 2
  fi
  arguments=("$@")
}

if [[ ${1-} == -h || ${1-} == --help ]]; then
  sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$script"
  exit
fi
