#!/usr/bin/env bash
# Makes, without a registry, what the example's Compose files name: one image of
# Debian packages, under the names of the official images and of the example's API.
#
#   debian-images.sh DIR IMAGE...
#
# The packages are downloaded to DIR, and unpacked without running what they would
# run at installation: nothing that the example uses needs that. Needs root, apt of
# the release below, and docker.
set -euo pipefail
dir=$1
shift
root=$dir/root
packages=(base-files bash coreutils dash findutils grep haproxy hostname libc-bin postgresql-15 procps python3-psycopg2 sed)
# What the maintainers' scripts of these would need, and nobody calls.
without='/(adduser|debconf|dpkg|init-system-helpers|libc-l10n|locales|lsb-base|perl|perl-modules-[0-9.]+|libperl[0-9.]+|postgresql-common|postgresql-client-common|libjson-perl|ssl-cert|tzdata|ucf|usrmerge|[a-z-]*-perl)_'

mkdir -p "$dir/debs" "$root"/{tmp,run,var/tmp,proc,sys,dev,root} "$root"/usr/{bin,sbin,lib,lib32,lib64,libx32}
for d in bin sbin lib lib32 lib64 libx32; do ln -sfn "usr/$d" "$root/$d"; done
# apt checks signatures and sums; of an empty system it takes all that is needed.
get() {
  mkdir -p "$dir/debs/partial"
  apt-get -qq -y -o Dir::State::status=/dev/null -o Dir::Cache::archives="$dir/debs" -o APT::Install-Recommends=false \
    -o APT::Sandbox::User=root -o Debug::NoLocking=true --download-only install "${packages[@]}"
}
get || { apt-get -qq update && get; }
find "$dir/debs" -maxdepth 1 -name '*.deb' | grep -vE "$without" | xargs -P "$(nproc)" -n 8 sh -c 'for f; do dpkg-deb --extract "$f" "$0" || exit 255; done' "$root"
rm -rf "$root"/usr/share/{doc,man,locale,info}
cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/bash
haproxy:x:99:99::/var/lib/haproxy:/usr/sbin/nologin
postgres:x:999:999::/var/lib/postgresql:/bin/bash
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
END
printf 'root:x:0:\nhaproxy:x:99:\npostgres:x:999:\nnogroup:x:65534:\n' >"$root/etc/group"
mkdir -p "$root"/var/lib/postgresql/data "$root"/var/run "$root"/usr/local/etc/haproxy
rm -rf "$root/var/run" && ln -sfn /run "$root/var/run"
mkdir -p "$root/run/postgresql"
chown -R 999:999 "$root/var/lib/postgresql" "$root/run/postgresql"
chmod 1777 "$root/tmp" "$root/var/tmp"

id=$(tar -C "$root" -c . | docker import \
  --change 'ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV PGDATA=/var/lib/postgresql/data' --change 'VOLUME /var/lib/postgresql/data' \
  --change 'LABEL drillctl.test=debian-images' - "$1")
for name in "${@:2}"; do docker tag "$id" "$name"; done
