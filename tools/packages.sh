# Which Debian packages Terrace needs, and the one function that installs them. Sourced by tools/up
# and tools/check. Services that come with a package are not started: everything here runs privately.

build_packages=(autoconf automake make gcc libc6-dev pkg-config python3 libfcgi-dev libjson-c-dev
    libpq-dev libsodium-dev libinih-dev libssl-dev zlib1g-dev libzstd-dev libarchive-dev
    libcurl4-openssl-dev libxmlsec1-dev)
run_packages=(postgresql nginx openssl ca-certificates util-linux bubblewrap)
test_packages=(apache2 libapache2-mod-fcgid spawn-fcgi libfcgi-bin curl clang llvm libclang-rt-14-dev
    clang-format clang-tidy cppcheck valgrind wrk git gpg gpg-agent xmlsec1 xz-utils)

package_missing() {
    ! dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# need_packages NAME...: installs what is missing; a user who may not is told what to ask for.
need_packages() {
    local missing=() name policy=/usr/sbin/policy-rc.d made=
    command -v dpkg-query >/dev/null || {
        echo "no dpkg here: these packages are expected, under the names of Debian 12: $*" >&2
        return 0
    }
    for name in "$@"; do
        package_missing "$name" && missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" != 0 ]; then
        echo "missing packages; as root: apt-get install --no-install-recommends ${missing[*]}" >&2
        return 1
    fi
    echo "installing: ${missing[*]}"
    if [ ! -e "$policy" ]; then
        made=1
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    local status=0
    {
        apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" \
                </dev/null
    } >&2 || status=$?
    [ -z "$made" ] || rm -f "$policy"
    return $status
}
