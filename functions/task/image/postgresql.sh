#!/bin/sh
# Installs the client and server programs of every major in POSTGRES_MAJORS.
#
# POSTGRES_SOURCE=pgdg takes them from the PostgreSQL project, debian from Debian. DEBIAN_RELEASES names older releases
# of Debian whose packages may stand beside those of this one: each has one major.
set -eu
export DEBIAN_FRONTEND=noninteractive

# What a container of programs never reads, and the compiler for queries, whose library alone has 120 MB.
cat > /etc/dpkg/dpkg.cfg.d/pgvigil <<EXCLUDES
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/postgresql/*/man/*
path-exclude=/usr/lib/postgresql/*/lib/bitcode/*
path-exclude=/usr/lib/postgresql/*/lib/llvmjit*
path-exclude=/usr/lib/postgresql/*/lib/pgxs/*
EXCLUDES

. /etc/os-release
apt-get update -qq
case "$POSTGRES_SOURCE" in
pgdg)
    apt-get install -y -qq --no-install-recommends ca-certificates >/dev/null
    # The key of the PostgreSQL project, as Debian vouches for it; the package that holds it depends on the release.
    (
        cd /tmp
        apt-get download -qq postgresql-common postgresql-client-common >/dev/null
        for package in postgresql-*common_*.deb; do
            dpkg-deb --fsys-tarfile "$package" \
                | tar -xO ./usr/share/postgresql-common/pgdg/apt.postgresql.org.asc 2>/dev/null || true
        done > /usr/share/keyrings/pgdg.asc
        rm postgresql-*common_*.deb
        grep -q 'BEGIN PGP PUBLIC KEY' /usr/share/keyrings/pgdg.asc
    )
    echo "deb [signed-by=/usr/share/keyrings/pgdg.asc] $PGDG_URI $VERSION_CODENAME-pgdg main" > /etc/apt/sources.list.d/pgdg.list
    ;;
debian)
    for release in $DEBIAN_RELEASES; do
        # The same mirrors, another release; a package of this release wins where both have it.
        for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
            [ -f "$list" ] || continue
            sed "s/\b$VERSION_CODENAME\b/$release/g" "$list" > "/etc/apt/sources.list.d/$release.${list##*.}"
        done
        printf 'Package: *\nPin: release n=%s*\nPin-Priority: 100\n' "$release" > "/etc/apt/preferences.d/$release"
    done
    ;;
*)
    echo "POSTGRES_SOURCE is pgdg or debian, not $POSTGRES_SOURCE" >&2
    exit 1
    ;;
esac
apt-get update -qq

packages=
for major in $POSTGRES_MAJORS; do
    packages="$packages postgresql-$major postgresql-client-$major"
    for extension in $EXTENSIONS; do packages="$packages postgresql-$major-$extension"; done
done

# The packages lean on scripts that run clusters as services (with Perl), on all locales, and on LLVM. A drill uses none
# of them; an empty package stands in, so that the package database stays true and scanners see what is installed.
provides="postgresql-common (= 999), postgresql-common-dev (= 999), postgresql-client-common (= 999), ssl-cert (= 999), locales (= 999)"
for major in $POSTGRES_MAJORS; do
    for library in $(apt-cache depends "postgresql-$major" 2>/dev/null | sed -n 's/^ *|*Depends: \(libllvm[0-9]*\).*/\1/p'); do
        provides="$provides, $library (= 99:999)"
    done
done
mkdir -p /tmp/stand-in/DEBIAN /tmp/stand-in/usr/share/postgresql-common
cat > /tmp/stand-in/DEBIAN/control <<CONTROL
Package: pgvigil-programs-only
Version: 1
Architecture: all
Maintainer: pgvigil <pgvigil@localhost>
Provides: $provides
Description: PostgreSQL's programs without clusters as services
CONTROL
cat > /tmp/stand-in/usr/share/postgresql-common/maintscripts-functions <<'FUNCTIONS'
# Called by the packages' scripts, which would make and start a cluster: nothing to do.
configure_version() { :; }
configure_client_version() { :; }
stop_version() { :; }
remove_version() { :; }
purge_version() { :; }
remove_client_version() { :; }
preinst_version() { :; }
FUNCTIONS
dpkg-deb --build --root-owner-group /tmp/stand-in /tmp/stand-in.deb >/dev/null
dpkg --install /tmp/stand-in.deb >/dev/null

# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends ca-certificates tzdata zstd $packages >/dev/null

for major in $POSTGRES_MAJORS; do
    for program in pg_dump pg_dumpall pg_restore psql initdb postgres pg_ctl; do
        [ -x "/usr/lib/postgresql/$major/bin/$program" ] || { echo "PostgreSQL $major has no $program" >&2; exit 1; }
    done
    "/usr/lib/postgresql/$major/bin/postgres" --version
done

# The lists of other releases would surprise whoever builds on this image.
for release in $DEBIAN_RELEASES; do rm -f "/etc/apt/sources.list.d/$release".*; done
rm -rf /tmp/stand-in /tmp/stand-in.deb /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log
